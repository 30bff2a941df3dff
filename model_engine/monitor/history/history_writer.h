// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/system/log.h"
#include "model_engine/monitor/history/history_store.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace weightroom::engine {

/// Brings what comes in every second to the history every ten, on a thread of its own, so that a disk that is slow or
/// hangs holds up nobody. Samples and loads that cannot be written are counted and dropped: a history that fails costs
/// nothing else. Alerts wait until they can, as nobody tells of them again: one that has ended while another engine had
/// the file would go on in it for ever.
class HistoryWriter {
public:
    /// What a crash costs at most.
    static constexpr std::chrono::seconds kInterval{10};
    /// That wait while the disk hangs: half an hour of some 40 series a second, 5 MB.
    static constexpr std::size_t kMostWaiting = 72'000;
    /// Each as it is by then; beyond that the oldest are dropped. As many as can be active at a time.
    static constexpr std::size_t kMostWaitingAlerts = HistoryStore::kMostActive;

    /// So long flush() waits for the disk.
    static constexpr std::chrono::milliseconds kLongestWait{10'000};

    /// `store` and `log` must outlive it. `first` is called on its thread before anything is written: what has to be
    /// read from the same disk.
    HistoryWriter(HistoryStore& store, LogSink& log, std::function<void()> first = {});
    /// Writes what waits.
    ~HistoryWriter();
    HistoryWriter(const HistoryWriter&) = delete;
    HistoryWriter& operator=(const HistoryWriter&) = delete;

    /// Never waits. Any thread.
    void add(HistoryBatch batch);
    void setRetention(const HistoryRetention& retention);
    /// Waits until all that has been added was written or dropped. Not for the engine thread. Errors: those of
    /// HistoryStore::write(), of the last attempt; NotAnswering when the disk says nothing for so long.
    [[nodiscard]] Result<> flush(std::chrono::milliseconds longest = kLongestWait);

    [[nodiscard]] std::uint64_t dropped() const; ///< samples, loads and alerts
    [[nodiscard]] std::optional<Error> problem() const; ///< why the last attempt has failed

private:
    void run(const std::stop_token& stop, const std::function<void()>& first) noexcept;
    void writeWaiting(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] HistoryBatch takeWaiting();
    void giveUp(const HistoryBatch& batch);
    void dropOldestAlerts();
    [[nodiscard]] bool note(const Result<>& written);

    HistoryStore& m_store;
    LogSink& m_log;
    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable_any m_changed;
    HistoryBatch m_waiting; ///< without alerts
    std::map<std::uint64_t, Alert> m_waitingAlerts; ///< by their numbers
    std::uint64_t m_added = 0; ///< calls of add(), and flush() counts as one
    std::uint64_t m_done = 0; ///< of these, the last that was written or dropped
    bool m_isWanted = false; ///< somebody waits in flush()
    std::uint64_t m_dropped = 0;
    std::optional<Error> m_problem;
    HistoryRetention m_retention;
    int m_writesToPrune = 0; ///< what is too old goes with the next write
    std::jthread m_thread; ///< last: joined before the rest goes
};

} // namespace weightroom::engine
