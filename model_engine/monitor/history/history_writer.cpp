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

std::size_t entriesOf(const HistoryBatch& batch)
{
    return batch.samples.size() + batch.loads.size() + batch.alerts.size();
}

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
    const std::size_t entries = entriesOf(batch);
    if (entriesOf(m_waiting) + entries > kMostWaiting) {
        m_dropped += entries;
        return;
    }
    ++m_added;
    append(m_waiting.samples, std::move(batch.samples));
    append(m_waiting.loads, std::move(batch.loads));
    append(m_waiting.alerts, std::move(batch.alerts));
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
    const HistoryBatch batch = std::exchange(m_waiting, {});
    const std::uint64_t upTo = m_added;
    std::optional<HistoryRetention> retention;
    if (m_writesToPrune-- <= 0) {
        retention = m_retention;
        m_writesToPrune = kWritesBetweenPrunes;
    }
    m_isWanted = false;
    lock.unlock();
    Result<> written = guarded([&] { return batch.isEmpty() ? Result<>{} : m_store.write(batch); });
    const std::uint64_t lost = written ? 0 : entriesOf(batch);
    if (written && retention)
        written = guarded([&] { return m_store.prune(*retention); });
    lock.lock();
    const bool isNews = (!batch.isEmpty() || retention) && note(written, lost); // where nothing waits nothing was tried
    m_done = upTo;
    m_changed.notify_all();
    if (!isNews)
        return;
    lock.unlock();
    m_log.write(LogLevel::Warning, "The history is not kept now: " + describe(written.error()));
    lock.lock();
}

/// Whether the log has to be told: once for each problem.
bool HistoryWriter::note(const Result<>& written, std::uint64_t lost)
{
    if (written) {
        m_problem.reset();
        return false;
    }
    m_dropped += lost;
    const bool isNews = !m_problem || m_problem->code != written.error().code;
    m_problem = written.error();
    return isNews;
}

} // namespace weightroom::engine
