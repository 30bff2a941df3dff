// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/report_trend.h"

#include "model_engine/benchmark/reports/model_pairs.h"

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

bool measuredTheSame(const ReportHead& a, const ReportHead& b)
{
    return a.settings.device == b.settings.device && a.deviceName == b.deviceName
        && a.settings.precision == b.settings.precision && a.settings.temperature == b.settings.temperature
        && a.settings.verifies == b.settings.verifies && hasSameModels(a, b);
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
