// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/stage_figures.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// The better of one thread and two.
std::optional<StageLimit> hostCopyOf(const MachineLimits& limits)
{
    // An absent value is less than any other.
    const auto best = std::max(limits.hostCopyOneThread, limits.hostCopyTwoThreads);
    return best ? std::optional{StageLimit{StageLimitKind::HostCopy, *best}} : std::nullopt;
}

std::optional<StageLimit> readOf(BenchmarkTemperature temperature, const MachineLimits& limits)
{
    if (!isCold(temperature))
        return hostCopyOf(limits);
    return limits.diskRead ? std::optional{StageLimit{StageLimitKind::DiskRead, *limits.diskRead}} : std::nullopt;
}

/// Absent unless both are known: the one that is missing may be the lower one.
std::optional<StageLimit> lowerOf(const std::optional<StageLimit>& a, const std::optional<StageLimit>& b)
{
    if (!a || !b)
        return std::nullopt;
    return a->bytesPerSecond <= b->bytesPerSecond ? a : b;
}

double medianBytes(const StageResult& result)
{
    std::vector<double> bytes;
    for (const StageMeasurement& measurement : result.measurements)
        bytes.push_back(static_cast<double>(measurement.bytes.value));
    return medianOf(bytes);
}

} // namespace

std::string_view toText(StageLimitKind kind)
{
    static constexpr std::array<std::string_view, 4> kWords{"none", "disk_read", "host_copy", "device_upload"};
    return kWords.at(static_cast<std::size_t>(kind));
}

std::optional<StageLimit> limitOf(BenchmarkStage stage, BenchmarkTemperature temperature, const MachineLimits& limits)
{
    switch (stage) {
    case BenchmarkStage::Disk:
        return readOf(temperature, limits);
    case BenchmarkStage::Cache:
        return lowerOf(readOf(temperature, limits), hostCopyOf(limits));
    case BenchmarkStage::Copy:
        return limits.deviceUpload ? std::optional{StageLimit{StageLimitKind::DeviceUpload, *limits.deviceUpload}}
                                   : std::nullopt;
    default:
        return std::nullopt;
    }
}

std::string_view StageFigures::limitedBy() const
{
    if (!limitShare)
        return {};
    return *limitShare >= kLimitedFrom ? toText(limit->kind) : "other";
}

std::optional<StageFigures> figuresOf(
    const StageResult& result, BenchmarkTemperature temperature, const MachineLimits& limits)
{
    auto statistics = statisticsOf(result.seconds());
    if (!statistics)
        return std::nullopt;
    StageFigures figures{
        .seconds = std::move(*statistics),
        .bytesPerSecond = {},
        .limit = limitOf(result.stage, temperature, limits),
        .limitShare = {},
    };
    const double bytes = medianBytes(result);
    if (bytes > 0 && figures.seconds.median > 0)
        figures.bytesPerSecond = bytes / figures.seconds.median;
    if (figures.bytesPerSecond && figures.limit && figures.limit->bytesPerSecond > 0)
        figures.limitShare = *figures.bytesPerSecond / figures.limit->bytesPerSecond;
    return figures;
}

BenchmarkStage slowestStage(const ModelBenchmark& model)
{
    BenchmarkStage slowest = BenchmarkStage::None;
    double most = -1;
    for (const BenchmarkStage stage : {BenchmarkStage::Disk, BenchmarkStage::Copy, BenchmarkStage::Convert}) {
        const StageResult* result = model.find(stage);
        if (!result || result->measurements.empty())
            continue;
        if (const double median = medianOf(result->seconds()); median > most) {
            slowest = stage;
            most = median;
        }
    }
    return slowest;
}

std::optional<double> peerRatio(const ModelBenchmark& model)
{
    const StageResult* whole = model.find(BenchmarkStage::Whole);
    if (!whole || whole->measurements.empty() || !model.peer || model.peer->seconds.empty())
        return std::nullopt;
    const double ours = medianOf(whole->seconds());
    return ours > 0 ? std::optional{medianOf(model.peer->seconds) / ours} : std::nullopt;
}

std::optional<double> peerBytesPerSecond(const ModelBenchmark& model)
{
    if (!model.peer || model.peer->seconds.empty() || model.model.size == Bytes{})
        return std::nullopt;
    const double seconds = medianOf(model.peer->seconds);
    return seconds > 0 ? std::optional{static_cast<double>(model.model.size.value) / seconds} : std::nullopt;
}

Json toJson(const StageFigures& figures)
{
    Json document{{"statistics", toJson(figures.seconds)}};
    if (figures.bytesPerSecond)
        document["bytes_per_second"] = *figures.bytesPerSecond;
    if (figures.limit)
        document["limit"] = {
            {"name", toText(figures.limit->kind)}, {"bytes_per_second", figures.limit->bytesPerSecond}};
    if (figures.limitShare) {
        document["limit"]["share"] = *figures.limitShare;
        document["limited_by"] = figures.limitedBy();
    }
    return document;
}

} // namespace weightroom::engine
