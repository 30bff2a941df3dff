// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_writer.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

namespace weightroom::engine {
namespace {

/// Writes between two looks for what is too old: five minutes.
constexpr int kWritesBetweenPrunes = 30;

template <class Entry>
void append(std::vector<Entry>& to, std::vector<Entry>&& from)
{
    to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

/// Nothing that is thrown ends the thread.
template <class Change>
Result<> guarded(Change change)
try {
    return change();
} catch (const std::exception& error) {
    return fail(ErrorCode::Internal, std::string{"the history does not work: "} + error.what());
}

/// That are dropped when they cannot be written.
std::size_t fleetingEntries(const HistoryBatch& batch) { return batch.samples.size() + batch.loads.size(); }

} // namespace

HistoryWriter::HistoryWriter(HistoryStore& store, LogSink& log, std::function<void()> first)
    : m_store(store)
    , m_log(log)
    , m_thread([this, first = std::move(first)](const std::stop_token& stop) { run(stop, first); })
{
}

HistoryWriter::~HistoryWriter() { m_thread.request_stop(); }

void HistoryWriter::add(HistoryBatch batch)
{
    const std::lock_guard lock{m_mutex};
    ++m_added;
    for (Alert& alert : batch.alerts)
        m_waitingAlerts.insert_or_assign(alert.number, std::move(alert));
    dropOldestAlerts();
    const std::size_t entries = fleetingEntries(batch);
    if (fleetingEntries(m_waiting) + entries > kMostWaiting) {
        m_dropped += entries;
        return;
    }
    append(m_waiting.samples, std::move(batch.samples));
    append(m_waiting.loads, std::move(batch.loads));
}

void HistoryWriter::setRetention(const HistoryRetention& retention)
{
    const std::lock_guard lock{m_mutex};
    if (m_retention == retention)
        return;
    m_retention = retention;
    m_writesToPrune = 0;
}

Result<> HistoryWriter::flush(std::chrono::milliseconds longest)
{
    std::unique_lock lock{m_mutex};
    const std::uint64_t mine = ++m_added;
    m_isWanted = true;
    m_changed.notify_all();
    if (!m_changed.wait_for(lock, longest, [&] { return m_done >= mine; }))
        return fail(ErrorCode::NotAnswering,
            "the disk of the history says nothing for " + std::to_string(longest.count()) + " ms");
    return m_problem ? Result<>(fail(*m_problem)) : Result<>{};
}

std::uint64_t HistoryWriter::dropped() const
{
    const std::lock_guard lock{m_mutex};
    return m_dropped;
}

std::optional<Error> HistoryWriter::problem() const
{
    const std::lock_guard lock{m_mutex};
    return m_problem;
}

void HistoryWriter::run(const std::stop_token& stop, const std::function<void()>& first) noexcept
{
    if (first) {
        if (const Result<> done = guarded([&] { return first(), Result<>{}; }); !done)
            m_log.write(LogLevel::Error, describe(done.error()));
    }
    std::unique_lock lock{m_mutex};
    while (!stop.stop_requested()) {
        m_changed.wait_for(lock, stop, kInterval, [this] { return m_isWanted; });
        writeWaiting(lock);
    }
    writeWaiting(lock);
}

void HistoryWriter::writeWaiting(std::unique_lock<std::mutex>& lock)
{
    const HistoryBatch batch = takeWaiting();
    const std::uint64_t upTo = m_added;
    std::optional<HistoryRetention> retention;
    if (m_writesToPrune-- <= 0) {
        retention = m_retention;
        m_writesToPrune = kWritesBetweenPrunes;
    }
    m_isWanted = false;
    lock.unlock();
    const Result<> stored = guarded([&] { return batch.isEmpty() ? Result<>{} : m_store.write(batch); });
    Result<> written = stored;
    if (stored && retention)
        written = guarded([&] { return m_store.prune(*retention); });
    lock.lock();
    if (!stored)
        giveUp(batch);
    const bool isNews = (!batch.isEmpty() || retention) && note(written); // where nothing waits nothing was tried
    m_done = upTo;
    m_changed.notify_all();
    if (!isNews)
        return;
    lock.unlock();
    m_log.write(LogLevel::Warning, "The history is not kept now: " + describe(written.error()));
    lock.lock();
}

HistoryBatch HistoryWriter::takeWaiting()
{
    HistoryBatch batch = std::exchange(m_waiting, {});
    for (auto& [number, alert] : std::exchange(m_waitingAlerts, {}))
        batch.alerts.push_back(std::move(alert));
    return batch;
}

void HistoryWriter::dropOldestAlerts()
{
    for (; m_waitingAlerts.size() > kMostWaitingAlerts; ++m_dropped)
        m_waitingAlerts.erase(m_waitingAlerts.begin());
}

/// What could not be written: only alerts wait for the next time.
void HistoryWriter::giveUp(const HistoryBatch& batch)
{
    m_dropped += fleetingEntries(batch);
    for (const Alert& alert : batch.alerts)
        m_waitingAlerts.try_emplace(alert.number, alert); // what has come meanwhile is newer
    dropOldestAlerts();
}

/// Whether the log has to be told: once for each problem.
bool HistoryWriter::note(const Result<>& written)
{
    if (written) {
        m_problem.reset();
        return false;
    }
    const bool isNews = !m_problem || m_problem->code != written.error().code;
    m_problem = written.error();
    return isNews;
}

} // namespace weightroom::engine
