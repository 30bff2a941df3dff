// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/monitor/history_fields.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::int64_t kDefaultPeriod = 300;
constexpr std::int64_t kLongestPeriod = 10LL * 366 * 24 * 60 * 60;
/// In the year 2255: a little before the clock, which counts nanoseconds in 64 bits, comes to its end.
constexpr std::int64_t kLastTime = 9'000'000'000;
static_assert(std::chrono::seconds{kLastTime} + std::chrono::days{366} < Clock::Wall::max().time_since_epoch());

constexpr std::array<std::pair<HistoryStep, std::string_view>, 3> kSteps{{
    {HistoryStep::Second, "second"},
    {HistoryStep::Minute, "minute"},
    {HistoryStep::Hour, "hour"},
}};

std::vector<std::string_view> metricNames()
{
    std::vector<std::string_view> names;
    for (const MetricInfo& info : allMetrics())
        names.push_back(info.name);
    return names;
}

} // namespace

FieldSpec metricsField(std::string_view help)
{
    return {.name = "metrics",
        .type = FieldType::TextList,
        .help = help,
        .minimum = 1,
        .maximum = static_cast<std::int64_t>(allMetrics().size()),
        .allowed = metricNames()};
}

FieldSpec historyDeviceField(std::string_view help)
{
    return {.name = "device_id", .type = FieldType::Text, .help = help};
}

FieldSpec periodField()
{
    return {.name = "period_seconds",
        .type = FieldType::Integer,
        .help = "How far back, in seconds; left out: 300.",
        .minimum = 1,
        .maximum = kLongestPeriod};
}

FieldSpec endTimeField()
{
    return {.name = "end_time",
        .type = FieldType::Integer,
        .help = "Where the period ends, in seconds since 1970 (UTC); left out: now.",
        .minimum = 0,
        .maximum = kLastTime};
}

FieldSpec stepField(std::string_view help)
{
    std::vector<std::string_view> names;
    for (const auto& [step, name] : kSteps)
        names.push_back(name);
    return {.name = "step", .type = FieldType::Text, .help = help, .allowed = std::move(names)};
}

HistoryStep stepFrom(const Arguments& arguments)
{
    const auto* const found =
        std::ranges::find(kSteps, arguments.text("step"), &std::pair<HistoryStep, std::string_view>::second);
    return found == kSteps.end() ? HistoryStep::Unknown : found->first;
}

HistorySpan spanFrom(const Arguments& arguments, const Clock& clock)
{
    // Now is in it.
    const Clock::Wall end = arguments.has("end_time")
        ? Clock::Wall{std::chrono::seconds{arguments.integer("end_time", 0)}}
        : std::chrono::floor<std::chrono::seconds>(clock.wallTime()) + std::chrono::seconds{1};
    return {.from = end - std::chrono::seconds{arguments.integer("period_seconds", kDefaultPeriod)}, .to = end};
}

std::vector<Metric> metricsFrom(const Arguments& arguments)
{
    std::vector<Metric> metrics;
    const auto wanted = arguments.texts("metrics");
    for (const MetricInfo& info : allMetrics()) {
        if (wanted.empty() || std::ranges::find(wanted, info.name) != wanted.end())
            metrics.push_back(info.metric);
    }
    return metrics;
}

Result<std::vector<SeriesKey>> seriesFrom(const Arguments& arguments, const EngineServices& services)
{
    const DeviceId only{arguments.text("device_id")};
    if (!only.empty() && !services.devices.find(only))
        return fail(ErrorCode::DeviceNotFound, "there is no device '" + only.text + "'", {.deviceId = only});
    std::vector<SeriesKey> series;
    for (const Metric metric : metricsFrom(arguments)) {
        if (infoOf(metric).scope == MetricScope::Machine) {
            series.push_back({metric, {}});
            continue;
        }
        for (const auto& device : services.devices.devices) {
            const DeviceId& id = device->description().id;
            if (only.empty() || id == only)
                series.push_back({metric, id});
        }
    }
    return series;
}

} // namespace weightroom::engine
