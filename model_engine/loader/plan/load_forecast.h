// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/ids.h"

#include <chrono>
#include <map>
#include <optional>

namespace weightroom::engine {

/// What a load has to move, or has moved.
struct LoadWork {
    Bytes toTake{}; ///< memory that is not there yet, on the device and in the cache
    Bytes fromDisk{};
    Bytes fromPageCache{};
    Bytes toCopy{}; ///< from the cache to the device
};

/// Where the time of a load goes. What was never measured is absent; what needs no time is 0.
struct LoadForecast {
    using Seconds = std::chrono::duration<double>;
    std::optional<Seconds> taking;
    std::optional<Seconds> reading;
    std::optional<Seconds> copying;

    /// Reading and copying overlap: the slower one counts. Nothing when one of them is not known.
    [[nodiscard]] std::optional<Seconds> total() const;
};

/// How long the phases of a load took.
struct LoadDurations {
    std::chrono::duration<double> taking{};
    std::chrono::duration<double> reading{};
    std::chrono::duration<double> copying{};
};

/// Foretells how long loads take from how long they took: the rates of the loads of this run, the later ones counting
/// more. Lives on the engine thread: no locks.
class LoadRates {
public:
    /// `device`: empty for a load into the cache only.
    void note(const DeviceId& device, const LoadWork& done, const LoadDurations& took);
    [[nodiscard]] LoadForecast forecast(const DeviceId& device, const LoadWork& work) const;

private:
    /// Bytes a second, as an average in which each new figure weighs kNewest.
    class Rate {
    public:
        void note(Bytes bytes, std::chrono::duration<double> took);
        [[nodiscard]] std::optional<LoadForecast::Seconds> secondsFor(Bytes bytes) const;

    private:
        std::optional<double> m_perSecond;
    };
    struct DeviceRates {
        Rate taking;
        Rate copying;
    };

    Rate m_disk;
    Rate m_pageCache;
    std::map<DeviceId, DeviceRates> m_devices; ///< taking counts the memory of the cache too
};

} // namespace weightroom::engine
