// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"
#include "model_engine/device/device.h"
#include "model_engine/monitor/alerts/alert.h"
#include "model_engine/monitor/memory_ledger.h"
#include "model_engine/monitor/metric.h"
#include "model_engine/monitor/watch/host_reading.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weightroom::engine {

/// Whether a GPU could be asked. Asleep: the system has put it to sleep, and it is not woken to be asked.
enum class GpuWakefulness : std::uint8_t { Unknown = 0, Awake, Asleep };
[[nodiscard]] std::string_view toText(GpuWakefulness wakefulness); ///< "unknown", "awake", "asleep"

/// A device as it is watched.
struct WatchedDevice {
    /// Between two looks at a GPU that could sleep, of which the last has found nothing at work. Every question keeps
    /// it awake for a while: some 6 s on an RTX 2000 Ada as a user has measured, and up to tens of seconds as others
    /// say.
    static constexpr std::chrono::seconds kRestingLook{30};

    DeviceDescription description;
    MemoryLedger ledger;
    GpuWakefulness wakefulness = GpuWakefulness::Unknown;
    std::optional<GpuReading> reading{}; ///< absent: no GPU, asleep, or there is no NVML; see `problem`
    std::optional<Clock::Wall> readAt{}; ///< when the reading was taken; absent: there is none
    bool isKept = false; ///< the reading is that of an earlier look: so is what the ledger has of others
    std::optional<Error> problem{}; ///< why nothing was read of a GPU that is awake
};

/// What has happened since the engine's start; only ever grows.
struct LoadTotals {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t cancelled = 0;
    double seconds = 0; ///< of those that succeeded
    Bytes moved; ///< read and copied by these

    friend bool operator==(const LoadTotals&, const LoadTotals&) = default;
};

/// What an engine knows of itself at one moment: made once a second, and replaced by the next one. Immutable.
struct MonitorSnapshot {
    std::uint64_t revision = 0; ///< 1 for the first
    Clock::Wall at{};
    std::vector<WatchedDevice> devices; ///< in the order of the engine
    HostReading host;
    MemoryLedger cache; ///< of the RAM cache: total is its capacity
    std::uint64_t cacheHits = 0; ///< since the start
    std::uint64_t cacheMisses = 0;
    std::uint64_t cacheEvictions = 0;
    std::map<DeviceId, LoadTotals> loads; ///< of devices that had any; the empty id: into the cache only
    std::vector<MetricSample> samples; ///< the numbers of this moment, as the history gets them
    std::vector<MetricSample> keptSamples; ///< those that still stand from an earlier look, with its time
    std::map<ModelId, std::string> modelNames; ///< of those that a ledger has
    std::vector<Alert> alerts; ///< that are active, or have recovered and are not acknowledged; the newest last
    std::uint64_t lastEarlierAlert = 0; ///< alerts with higher numbers were raised by this run of the engine
    std::string driverVersion; ///< "580.159.04"; empty: unknown
    std::optional<Error> historyProblem; ///< why the history is not kept
    std::uint64_t samplesDropped = 0; ///< that the history could not take
};

using MonitorSnapshotPtr = std::shared_ptr<const MonitorSnapshot>;

} // namespace weightroom::engine
