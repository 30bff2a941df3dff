// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/loads/load_event.h"

#include <cstdint>
#include <optional>
#include <span>

namespace weightroom::engine {

/// What loads of a span of time have come to. What cannot be said of none is absent.
struct LoadStatistics {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    std::uint64_t cancelled = 0;
    std::optional<double> meanSeconds; ///< of those that succeeded, as all below
    std::optional<double> medianSeconds;
    std::optional<double> p95Seconds; ///< the smallest that 95 % do not exceed; of fewer than 20, the longest
    std::optional<double> longestSeconds;
    std::optional<double> bytesPerSecond; ///< all bytes moved by all seconds
    std::optional<double> failedFraction; ///< of those that were not cancelled

    friend bool operator==(const LoadStatistics&, const LoadStatistics&) = default;
};

/// Of the loads to this device; an empty id: into the cache only.
[[nodiscard]] LoadStatistics statisticsOf(std::span<const LoadEvent> loads, const DeviceId& device);

} // namespace weightroom::engine
