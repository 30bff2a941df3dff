// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/core/ids.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weightroom::engine {

/// What an alert is about (P3).
enum class AlertKind : std::uint8_t {
    None = 0,
    MemoryFull, ///< of a device: the used fraction of its memory
    SlowLoads, ///< of a device: mean time of its loads over the last five minutes, in seconds
    FailingLoads, ///< of a device: fraction of its loads over the last five minutes that failed
};
[[nodiscard]] std::string_view toText(AlertKind kind); ///< "memory_full", "slow_loads", "failing_loads"
[[nodiscard]] std::optional<AlertKind> alertKindFromText(std::string_view text);

enum class AlertSeverity : std::uint8_t { None = 0, Info, Warning, Error };
[[nodiscard]] std::string_view toText(AlertSeverity severity); ///< "info", "warning", "error"
[[nodiscard]] AlertSeverity severityOf(AlertKind kind); ///< as P3 says

/// When one kind of alert is raised, and when it has recovered.
struct AlertRule {
    AlertKind kind = AlertKind::None;
    bool isEnabled = true;
    double threshold = 0; ///< above it; in the unit of the kind
    /// Has recovered at `threshold` less this share of it, or below, so that a value that sways about the threshold
    /// raises one alert and not a hundred. 0 to 1.
    double hysteresis = 0;
    std::chrono::seconds hold{}; ///< so long the value has to be above before it is raised, and below before it ends

    friend bool operator==(const AlertRule&, const AlertRule&) = default;
};

/// One alert, from when it was raised; goes on to be the same one when it has recovered.
struct Alert {
    /// From 1; never used again. When it was raised, in microseconds since 1970, or more where that was given already:
    /// so no two have the same, by whichever engines of a data folder they were raised, and the newest has the highest.
    std::uint64_t number = 0;
    AlertKind kind = AlertKind::None;
    DeviceId device;
    double threshold = 0; ///< that was in force
    double value = 0; ///< when it was raised
    double worst = 0; ///< since
    Clock::Wall raisedAt{};
    std::optional<Clock::Wall> recoveredAt{}; ///< absent: it is active
    std::optional<Clock::Wall> acknowledgedAt{}; ///< somebody has seen it

    [[nodiscard]] bool isActive() const { return !recoveredAt.has_value(); }
    friend bool operator==(const Alert&, const Alert&) = default;
};

} // namespace weightroom::engine
