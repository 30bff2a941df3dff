// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/loads/load_statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace weightroom::engine {
namespace {

/// The smallest of sorted values that `fraction` of them do not exceed.
double quantile(const std::vector<double>& sorted, double fraction)
{
    const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(sorted.size())));
    return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

double median(const std::vector<double>& sorted)
{
    const std::size_t middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

void enterTimes(LoadStatistics& statistics, std::vector<double> seconds, double bytes)
{
    constexpr double kP95 = 0.95;
    if (seconds.empty())
        return;
    std::ranges::sort(seconds);
    const double sum = std::accumulate(seconds.begin(), seconds.end(), 0.0);
    statistics.meanSeconds = sum / static_cast<double>(seconds.size());
    statistics.medianSeconds = median(seconds);
    statistics.p95Seconds = quantile(seconds, kP95);
    statistics.longestSeconds = seconds.back();
    if (sum > 0)
        statistics.bytesPerSecond = bytes / sum;
}

} // namespace

LoadStatistics statisticsOf(std::span<const LoadEvent> loads, const DeviceId& device)
{
    LoadStatistics statistics;
    std::vector<double> seconds;
    double bytes = 0;
    for (const LoadEvent& load : loads) {
        if (load.device != device)
            continue;
        statistics.failed += load.end == LoadEnd::Failed ? 1U : 0U;
        statistics.cancelled += load.end == LoadEnd::Cancelled ? 1U : 0U;
        if (load.end != LoadEnd::Succeeded)
            continue;
        ++statistics.succeeded;
        seconds.push_back(load.took.count());
        bytes += static_cast<double>(load.moved.value);
    }
    enterTimes(statistics, std::move(seconds), bytes);
    if (const auto judged = statistics.succeeded + statistics.failed; judged > 0)
        statistics.failedFraction = static_cast<double>(statistics.failed) / static_cast<double>(judged);
    return statistics;
}

} // namespace weightroom::engine
