// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/metric_rows.h"

#include "model_engine/core/stored_time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <compare>
#include <limits>
#include <map>
#include <utility>

namespace weightroom::engine {
namespace {

using std::chrono::seconds;

constexpr std::array kSteps{HistoryStep::Second, HistoryStep::Minute, HistoryStep::Hour};

/// What is written at a time is ten seconds of every series (history_writer.h).
constexpr std::int64_t kPointsInBlock = 10;

/// A number that the sum of no history can make infinite.
constexpr double kLargestValue = 1e290;

struct PointKey {
    HistoryStep step = HistoryStep::Unknown;
    std::int64_t block = 0;
    std::int64_t series = 0;
    std::int64_t at = 0; ///< seconds since 1970

    friend auto operator<=>(const PointKey&, const PointKey&) = default;
};

/// What samples of one span come to.
struct PointSum {
    double minimum = std::numeric_limits<double>::infinity();
    double sum = 0;
    double maximum = -std::numeric_limits<double>::infinity();
    std::int64_t count = 0;

    void add(double value)
    {
        minimum = std::min(minimum, value);
        sum += value;
        maximum = std::max(maximum, value);
        ++count;
    }
};

/// In the order of the table.
using PointSums = std::map<PointKey, PointSum>;

bool canBeKept(const MetricSample& sample)
{
    // Written so that it is false for what is no number.
    return std::abs(sample.value) <= kLargestValue && !toText(sample.series.metric).empty()
        && toStoredTime<seconds>(sample.at) >= 0;
}

/// When the point that a moment belongs to begins.
std::int64_t beginOf(std::int64_t at, HistoryStep step) { return at - at % lengthOf(step).count(); }

/// The number that a statement gives for a series; nothing when it gives none.
Result<std::optional<std::int64_t>> numberFrom(Statement& find, const SeriesKey& series)
{
    const auto row = find.bindText(1, toText(series.metric)).bindText(2, series.device.text).step();
    if (!row)
        return fail(row.error());
    if (!*row)
        return std::nullopt;
    const std::int64_t number = find.integer(0);
    if (auto ended = find.run(); !ended)
        return fail(std::move(ended).error());
    return number;
}

constexpr std::string_view kFindSeries = "SELECT id FROM series WHERE metric = ?1 AND device = ?2";

/// The numbers of the series of one batch; new ones get theirs.
class SeriesNumbers {
public:
    static Result<SeriesNumbers> prepare(const Database& database)
    {
        auto enter = database.prepare("INSERT INTO series(metric, device, last_s) VALUES(?1, ?2, ?3)"
                                      " ON CONFLICT DO UPDATE SET last_s = excluded.last_s"
                                      " WHERE last_s < excluded.last_s");
        if (!enter)
            return fail(std::move(enter).error());
        auto find = database.prepare(kFindSeries);
        if (!find)
            return fail(std::move(find).error());
        return SeriesNumbers{std::move(*enter), std::move(*find)};
    }

    /// `at`: of a sample of it, seconds since 1970.
    Result<std::int64_t> of(const SeriesKey& series, std::int64_t at)
    {
        const std::int64_t hour = beginOf(at, HistoryStep::Hour);
        const auto known = m_known.find(series);
        if (known != m_known.end() && known->second.last >= hour)
            return known->second.number;
        m_enter.bindText(1, toText(series.metric)).bindText(2, series.device.text);
        if (auto entered = m_enter.bindInteger(3, hour).run(); !entered)
            return fail(std::move(entered).error());
        const auto number = numberFrom(m_find, series);
        if (!number)
            return fail(number.error());
        m_known[series] = {number->value_or(0), hour};
        return number->value_or(0);
    }

private:
    struct Known {
        std::int64_t number = 0;
        std::int64_t last = 0;
    };

    SeriesNumbers(Statement enter, Statement find)
        : m_enter(std::move(enter))
        , m_find(std::move(find))
    {
    }

    Statement m_enter;
    Statement m_find;
    std::map<SeriesKey, Known> m_known;
};

/// Before anything is written: ten samples of a minute are then one change of its row.
Result<PointSums> sumsOf(const Database& database, std::span<const MetricSample> samples)
{
    auto numbers = SeriesNumbers::prepare(database);
    if (!numbers)
        return fail(std::move(numbers).error());
    PointSums sums;
    for (const MetricSample& sample : samples) {
        if (!canBeKept(sample))
            continue;
        const std::int64_t at = toStoredTime<seconds>(sample.at);
        const auto series = numbers->of(sample.series, at);
        if (!series)
            return fail(series.error());
        for (const HistoryStep step : kSteps) {
            const std::int64_t begin = beginOf(at, step);
            sums[{step, blockOf(begin, step), *series, begin}].add(sample.value);
        }
    }
    return sums;
}

} // namespace

std::span<const HistoryStep> allSteps() { return kSteps; }

std::int64_t blockOf(std::int64_t at, HistoryStep step) { return at / (lengthOf(step).count() * kPointsInBlock); }

Result<std::optional<std::int64_t>> findSeries(const Database& database, const SeriesKey& series)
{
    auto find = database.prepare(kFindSeries);
    return find ? numberFrom(*find, series) : fail(std::move(find).error());
}

Result<std::vector<SeriesKey>> readSeries(const Database& database)
{
    auto select = database.prepare("SELECT metric, device FROM series");
    if (!select)
        return fail(std::move(select).error());
    std::vector<SeriesKey> series;
    for (;;) {
        const auto row = select->step();
        if (!row)
            return fail(row.error());
        if (!*row)
            break;
        if (const auto metric = metricFromText(select->text(0)))
            series.push_back({*metric, {select->text(1)}});
    }
    std::ranges::sort(series);
    return series;
}

Result<> writeSamples(const Database& database, std::span<const MetricSample> samples)
{
    const auto sums = sumsOf(database, samples);
    if (!sums)
        return fail(sums.error());
    auto add = database.prepare("INSERT INTO point(step, block, series_id, at_s, minimum, sum, maximum, count)"
                                " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET"
                                " minimum = min(minimum, excluded.minimum), sum = sum + excluded.sum,"
                                " maximum = max(maximum, excluded.maximum), count = count + excluded.count");
    if (!add)
        return fail(std::move(add).error());
    for (const auto& [key, point] : *sums) {
        add->bindInteger(1, lengthOf(key.step).count()).bindInteger(2, key.block).bindInteger(3, key.series);
        add->bindInteger(4, key.at).bindReal(5, point.minimum).bindReal(6, point.sum).bindReal(7, point.maximum);
        if (auto added = add->bindInteger(8, point.count).run(); !added)
            return added;
    }
    return {};
}

Result<> removeOldPoints(const Database& database, Clock::Wall now, const HistoryRetention& retention)
{
    auto remove = database.prepare("DELETE FROM point WHERE step = ?1 AND block <= ?2 AND at_s <= ?3");
    if (!remove)
        return fail(std::move(remove).error());
    std::int64_t oldestOfAll = std::numeric_limits<std::int64_t>::max();
    for (const HistoryStep step : kSteps) {
        const std::int64_t length = lengthOf(step).count();
        const std::int64_t oldest = toStoredTime<seconds>(retention.oldest(step, now));
        const std::int64_t last = oldest - length;
        oldestOfAll = std::min(oldestOfAll, oldest);
        remove->bindInteger(1, length).bindInteger(2, blockOf(last, step));
        if (auto removed = remove->bindInteger(3, last).run(); !removed)
            return removed;
    }
    auto forget = database.prepare("DELETE FROM series WHERE last_s + 3600 <= ?1");
    return forget ? forget->bindInteger(1, oldestOfAll).run() : Result<>(fail(std::move(forget).error()));
}

} // namespace weightroom::engine
