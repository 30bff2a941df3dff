// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_store.h"

#include "model_engine/monitor/history/alert_rows.h"
#include "model_engine/monitor/history/history_schema.h"
#include "model_engine/monitor/history/load_rows.h"
#include "model_engine/monitor/history/metric_rows.h"
#include "model_engine/monitor/history/point_rows.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {

using std::chrono::seconds;

seconds lengthOf(HistoryStep step)
{
    switch (step) {
    case HistoryStep::Second:
        return seconds{1};
    case HistoryStep::Minute:
        return std::chrono::minutes{1};
    case HistoryStep::Hour:
        return std::chrono::hours{1};
    case HistoryStep::Unknown:
        break;
    }
    return seconds{0};
}

seconds HistoryRetention::of(HistoryStep step) const
{
    switch (step) {
    case HistoryStep::Second:
        return seconds;
    case HistoryStep::Minute:
        return minutes;
    case HistoryStep::Hour:
        return hours;
    case HistoryStep::Unknown:
        break;
    }
    return std::chrono::seconds{0};
}

Clock::Wall HistoryRetention::oldest(HistoryStep step, Clock::Wall now) const
{
    // In seconds, of which there are enough for what a setting may say.
    const auto age =
        std::max(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()), std::chrono::seconds{0});
    return Clock::Wall{age - std::clamp(of(step), std::chrono::seconds{0}, age)};
}

HistoryStore::HistoryStore(const std::filesystem::path& dataFolder, const Clock& clock, LogSink& log)
    : m_clock(clock)
    , m_file(dataFolder.empty() ? std::filesystem::path{} : dataFolder / "monitor.sqlite3", historySchema(),
          "What was known of earlier times", clock, log)
{
}

template <class Found, class Look>
Result<Found> HistoryStore::look(Found nothing, Look find)
{
    if (!isOnDisk())
        return nothing;
    const std::lock_guard lock{m_mutex};
    const auto database = m_file.open();
    if (!database)
        return fail(database.error());
    return find(**database);
}

template <class Change>
Result<> HistoryStore::change(Change carryOut)
{
    if (!isOnDisk())
        return {};
    const std::lock_guard lock{m_mutex};
    const auto database = m_file.openForWriting();
    if (!database)
        return fail(database.error());
    auto transaction = Transaction::begin(**database);
    if (!transaction)
        return fail(std::move(transaction).error());
    if (auto changed = carryOut(**database); !changed)
        return changed;
    return transaction->commit();
}

Result<> HistoryStore::write(const HistoryBatch& batch)
{
    if (batch.isEmpty())
        return {};
    return change([&batch](const Database& database) -> Result<> {
        if (auto written = writeSamples(database, batch.samples); !written)
            return written;
        if (auto written = writeLoads(database, batch.loads); !written)
            return written;
        return writeAlerts(database, batch.alerts);
    });
}

Result<> HistoryStore::prune(const HistoryRetention& retention)
{
    const Clock::Wall now = m_clock.wallTime();
    const Clock::Wall oldest = retention.oldest(HistoryStep::Hour, now);
    return change([&](const Database& database) -> Result<> {
        if (auto removed = removeOldPoints(database, now, retention); !removed)
            return removed;
        if (auto removed = removeOldLoads(database, oldest); !removed)
            return removed;
        return removeOldAlerts(database, oldest);
    });
}

Result<SeriesHistory> HistoryStore::read(
    const SeriesKey& series, const HistorySpan& span, std::size_t mostPoints, HistoryStep step, std::size_t mostRows)
{
    return look(emptyHistory(step), [&](const Database& database) {
        return readHistory(database, {series, span, step}, {mostPoints, mostRows});
    });
}

Result<std::vector<SeriesHistory>> HistoryStore::readAll(std::span<const SeriesKey> series, const HistorySpan& span,
    std::size_t mostPoints, HistoryStep step, std::size_t mostRows)
{
    return look(std::vector<SeriesHistory>(series.size(), emptyHistory(step)), [&](const Database& database) {
        const std::size_t rowsOfEach = mostRows / std::max<std::size_t>(series.size(), 1);
        return readHistories(database, series, {{}, span, step}, {mostPoints, rowsOfEach});
    });
}

Result<SeriesHistory> HistoryStore::readFirst(
    const SeriesKey& series, const HistorySpan& span, std::size_t most, HistoryStep step)
{
    return look(emptyHistory(step), [&](const Database& database) {
        return readFirstPoints(database, {series, span, step}, most);
    });
}

Result<std::optional<MetricPoint>> HistoryStore::whole(const SeriesKey& series, const HistorySpan& span)
{
    return look(std::optional<MetricPoint>{}, [&](const Database& database) -> Result<std::optional<MetricPoint>> {
        const auto history = readFirstPoints(database, {series, span}, kAllPoints);
        if (!history)
            return fail(history.error());
        MetricPoint whole;
        for (const MetricPoint& point : history->points)
            whole = merged(whole, point);
        return whole.count == 0 ? std::nullopt : std::optional{whole};
    });
}

Result<std::vector<SeriesKey>> HistoryStore::series()
{
    return look(std::vector<SeriesKey>{}, [](const Database& database) { return readSeries(database); });
}

Result<std::vector<LoadEvent>> HistoryStore::loads(const HistorySpan& span)
{
    return look(std::vector<LoadEvent>{}, [&span](const Database& database) { return readLoads(database, span); });
}

Result<std::vector<Alert>> HistoryStore::alerts(std::size_t most, std::uint64_t before)
{
    return look(
        std::vector<Alert>{}, [most, before](const Database& database) { return readAlerts(database, most, before); });
}

Result<std::vector<Alert>> HistoryStore::alertsToGoOn(std::size_t most)
{
    return look(std::vector<Alert>{},
        [most](const Database& database) { return readAlertsToGoOn(database, most, kMostActive); });
}

} // namespace weightroom::engine
