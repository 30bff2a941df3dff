// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/report_trend.h"

#include "model_engine/benchmark/reports/model_pairs.h"
#include "model_engine/benchmark/reports/setup_differences.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

/// Absent where a model has none.
std::optional<double> wholeOf(const ReportHead& head)
{
    double sum = 0;
    for (const ReportHead::Model& model : head.models) {
        if (!model.wholeSeconds)
            return std::nullopt;
        sum += *model.wholeSeconds;
    }
    return sum > 0 ? std::optional{sum} : std::nullopt;
}

bool hasSameModels(const ReportHead& a, const ReportHead& b)
{
    return std::ranges::equal(a.models, b.models, isSameModel, &ReportHead::Model::model, &ReportHead::Model::model);
}

/// Whether the processor and the memory do all of the work, and not only a part beside a GPU.
bool isOnHost(const ReportHead& head) { return !head.machine.device || head.machine.device->kind == DeviceKind::Host; }

/// Whether a difference makes it another thing that was measured, and is not what a trend is there to show.
bool endsTrend(const SetupDifference& difference, const ReportHead& head)
{
    switch (difference.aspect) {
    case SetupAspect::DeviceKind:
    case SetupAspect::Precision:
    case SetupAspect::Temperature:
    case SetupAspect::Device:
    case SetupAspect::Verification:
        return true;
    case SetupAspect::Processor:
    case SetupAspect::Processors:
    case SetupAspect::Memory:
        return isOnHost(head);
    default:
        return false;
    }
}

bool measuredTheSame(const ReportHead& before, const ReportHead& after)
{
    if (before.settings.device != after.settings.device || !hasSameModels(before, after))
        return false;
    const auto differences = setupDifferences({before.settings, before.machine}, {after.settings, after.machine});
    return std::ranges::none_of(
        differences, [&](const SetupDifference& difference) { return endsTrend(difference, after); });
}

} // namespace

std::optional<ReportTrend> trendOf(const ReportHead& head, std::span<const StoredReport> older)
{
    const auto whole = wholeOf(head);
    if (!whole || head.end != BenchmarkEnd::Finished)
        return std::nullopt;
    for (const StoredReport& report : older) {
        if (!report.head || report.head->end != BenchmarkEnd::Finished || !measuredTheSame(*report.head, head))
            continue;
        if (const auto before = wholeOf(*report.head))
            return ReportTrend{report.id, *whole / *before};
    }
    return std::nullopt;
}

Json toJson(const std::optional<ReportTrend>& trend)
{
    return trend ? Json{{"before_id", trend->before.text}, {"whole_ratio", trend->wholeRatio}} : Json();
}

} // namespace weightroom::engine
