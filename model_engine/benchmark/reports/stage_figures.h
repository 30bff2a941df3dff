// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_report.h"
#include "model_engine/benchmark/reports/statistics.h"

#include <optional>
#include <string_view>

namespace weightroom::engine {

// What follows from measured stages: pure functions.

/// What a stage cannot be faster than.
enum class StageLimitKind : std::uint8_t { None = 0, DiskRead, HostCopy, DeviceUpload };
[[nodiscard]] std::string_view toText(StageLimitKind kind); ///< "none", "disk_read", "host_copy", "device_upload"

struct StageLimit {
    StageLimitKind kind = StageLimitKind::None;
    double bytesPerSecond = 0;

    friend bool operator==(const StageLimit&, const StageLimit&) = default;
};

/// The limit of a stage, where the run has measured it. Disk: what the disk gives, or memory where the file is in the
/// page cache. Cache: the slower of that and of a copy in memory. Copy: the way to the device. The others have none.
[[nodiscard]] std::optional<StageLimit> limitOf(
    BenchmarkStage stage, BenchmarkTemperature temperature, const MachineLimits& limits);

/// From this share of its limit on a stage counts as limited by it: what is left is beginning, end and noise (decided,
/// not measured).
inline constexpr double kLimitedFrom = 0.8;

struct StageFigures {
    Statistics seconds;
    std::optional<double> bytesPerSecond; ///< median bytes ÷ median seconds; absent where either is 0
    std::optional<StageLimit> limit;
    std::optional<double> limitShare; ///< of the limit's rate; above 1 where the limit moved meanwhile

    /// The limit, where it is what holds the stage up; "other" where it is not; empty where no limit is known.
    [[nodiscard]] std::string_view limitedBy() const;
};

/// Nothing for a stage without measurements.
[[nodiscard]] std::optional<StageFigures> figuresOf(
    const StageResult& result, BenchmarkTemperature temperature, const MachineLimits& limits);

/// The stage that sets the pace of a whole load, by its median: of Disk, Copy and Convert, which go on beside each
/// other. None where none of them was measured.
[[nodiscard]] BenchmarkStage slowestStage(const ModelBenchmark& model);

/// How many times as long as our whole load the peer's takes, by the medians: above 1 where we are faster. Absent where
/// either was not measured, or ours took no time.
[[nodiscard]] std::optional<double> peerRatio(const ModelBenchmark& model);
/// Size of the model ÷ the peer's median seconds; absent where either is 0 or not known.
[[nodiscard]] std::optional<double> peerBytesPerSecond(const ModelBenchmark& model);

/// statistics, and where they are known bytes_per_second, limit with name, bytes_per_second and share, and limited_by.
[[nodiscard]] Json toJson(const StageFigures& figures);

} // namespace weightroom::engine
