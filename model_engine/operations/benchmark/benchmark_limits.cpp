// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/benchmark/benchmark_limits.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace weightroom::engine {
namespace {

/// Copies are as large as what is loaded: a small model is not held up by memory where a processor's cache has it.
constexpr Bytes kSmallestCopy = kMiB * 16;
constexpr Bytes kLargestCopy = kMiB * 256;

const ModelFile& largestFile(const ModelRecord& model)
{
    return *std::ranges::max_element(model.files, {}, [](const ModelFile& file) { return file.identity.size; });
}

/// What took no time was not measured: a clock that stands still cannot.
MachineLimits finiteOnly(MachineLimits limits)
{
    for (std::optional<double>* limit : {&limits.diskRead, &limits.hostCopyOneThread, &limits.hostCopyTwoThreads,
             &limits.deviceUpload, &limits.deviceDownload, &limits.deviceCopyWithin}) {
        if (!*limit || std::isfinite(**limit))
            continue;
        limit->reset();
        limits.missing.push_back(Error{ErrorCode::Unsupported, "a measurement took no time by the clock"});
    }
    return limits;
}

} // namespace

MachineLimits measureLimitsFor(
    EngineServices& services, const BenchmarkRequest& request, const ModelRecord& model, const std::stop_token& stop)
{
    const Bytes size{alignDown(model.fileSize().value, kMiB.value)};
    LimitsRequest limits{.copySize = std::clamp(size, kSmallestCopy, kLargestCopy)};
    if (isCold(request.settings.temperature))
        limits.file = largestFile(model).path;
    if (!request.lane)
        return finiteOnly(measureMachineLimits(limits, services.clock, stop));
    MachineLimits measured;
    Transfer transfer{*request.lane, stop, [](Bytes) {}};
    const auto done = transfer.run([&](Device& device) -> Result<> {
        limits.device = &device;
        measured = measureMachineLimits(limits, services.clock, stop);
        return {};
    });
    if (!done)
        measured.missing.push_back(done.error());
    noteDriverMemory(services, request.lane->device());
    return finiteOnly(std::move(measured));
}

} // namespace weightroom::engine
