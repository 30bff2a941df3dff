// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/wake_up.h"
#include "model_engine/monitor/alerts/alert_book.h"
#include "model_engine/monitor/history/history_store.h"
#include "model_engine/monitor/history/history_writer.h"
#include "model_engine/monitor/loads/load_log.h"
#include "model_engine/monitor/monitor_snapshot.h"
#include "model_engine/monitor/watch/device_watch.h"
#include "model_engine/monitor/watch/host_reading.h"
#include "model_engine/operations/monitor/monitor_options.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace weightroom::engine {

struct EngineServices;

/// Watches what the engine, its devices and its machine do: makes a snapshot of it now and then, keeps the numbers in
/// the history, and raises alerts.
///
///     drivers, /proc ─ look ─▶ snapshot ─┬─▶ observer
///     engine's state ──────▶             ├─▶ alert book
///     loads that ended ────▶             └─▶ history writer ─▶ monitor.sqlite3
///
/// Any thread that may wait for drivers, but where it is said.
class EngineMonitor {
public:
    using OnSnapshot = std::function<void(const MonitorSnapshotPtr&)>;

    /// So far back loads count for alerts (P1's default).
    static constexpr std::chrono::minutes kAlertPeriod{5};
    /// So long alerts wait for those of an earlier run: a disk that hangs keeps nobody from being warned of a GPU.
    static constexpr std::chrono::seconds kLongestRestore{30};

    /// `services` must outlive it. `dataFolder` empty: no history is kept.
    EngineMonitor(EngineServices& services, const std::filesystem::path& dataFolder, MonitorOptions options);
    ~EngineMonitor();
    EngineMonitor(const EngineMonitor&) = delete;
    EngineMonitor& operator=(const EngineMonitor&) = delete;

    /// From now on it looks by itself, and the history is kept. `onSnapshot` is called on the monitor's thread. At most
    /// once. Errors: IoError when the system has no descriptor left.
    [[nodiscard]] Result<> start(OnSnapshot onSnapshot);
    /// Nobody is called any more. What waits for the history is written in the end.
    void stop();

    /// By itself, all the time.
    [[nodiscard]] bool isLooking() const { return m_isLooking; }
    /// The last look; nullptr: there was none yet. Never waits; any thread.
    [[nodiscard]] MonitorSnapshotPtr newest() const { return std::atomic_load(&m_newest); }
    /// What there is to be seen now: the last look where it looks by itself, else a look of its own.
    [[nodiscard]] MonitorSnapshotPtr now();
    /// Looks at once.
    MonitorSnapshotPtr look();

    /// The loads that have ended.
    [[nodiscard]] LoadLog& loads() { return m_loads; }
    /// Somebody has seen this alert. Never waits for long; any thread. Errors: AlertNotFound.
    [[nodiscard]] Result<Alert> acknowledge(std::uint64_t number);

    /// As AlertBook::shown().
    [[nodiscard]] std::vector<Alert> shownAlerts();

    /// The history with all that was seen until now. Errors: those of HistoryWriter::flush().
    [[nodiscard]] Result<HistoryStore*> history();

private:
    /// What of the settings it goes by.
    struct Wishes {
        std::vector<AlertRule> rules;
        HistoryRetention retention;
    };

    void run(const std::stop_token& stop) noexcept;
    void restoreAlerts();
    [[nodiscard]] Wishes wishes();
    [[nodiscard]] std::shared_ptr<MonitorSnapshot> makeSnapshot();
    void publishLosses();
    [[nodiscard]] MonitorSnapshotPtr lookOnce();
    void tellAlertNews();
    [[nodiscard]] std::vector<Alert> judge(MonitorSnapshot& snapshot, const std::vector<AlertRule>& rules);

    EngineServices& m_services;
    const MonitorOptions m_options;
    LoadLog m_loads;
    HistoryStore m_store;
    std::unique_ptr<HistoryWriter> m_writer; ///< nullptr: it does not look by itself
    std::mutex m_lookMutex; ///< one look at a time; *held over it*, and guards what follows
    DeviceWatch m_deviceWatch;
    HostReader m_hostReader;
    std::mutex m_alertMutex; ///< guards the alerts
    AlertBook m_alerts;
    std::vector<Alert> m_acknowledged; ///< since the last look
    std::vector<AlertChange> m_untold; ///< what has happened to alerts, and nobody was told of
    bool m_isTelling = false; ///< somebody is at it, and tells what comes meanwhile too
    MonitorSnapshotPtr m_newest; ///< by atomic operations only
    OnSnapshot m_onSnapshot;
    std::atomic<bool> m_isLooking = false; ///< by itself
    std::optional<WakeUp> m_wakeUp; ///< absent: it never has
    std::jthread m_thread; ///< last: joined before the rest goes
};

} // namespace weightroom::engine
