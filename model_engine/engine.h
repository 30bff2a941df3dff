// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/watch_probe.h"
#include "model_engine/catalog/watcher/watch_state.h"
#include "model_engine/core/jobs/idle_gate.h"
#include "model_engine/core/settings/settings.h"
#include "model_engine/monitor/monitor_snapshot.h"
#include "model_engine/operations/memory/memory_watch.h"
#include "model_engine/operations/monitor/monitor_options.h"
#include "model_engine/operations/operation.h"
#include "model_engine/operations/snapshot.h"
#include "model_engine/server/rest/rest_options.h"
#include "model_engine/server/socket/socket_place.h"

#include <functional>
#include <memory>

namespace weightroom::engine {

/// Whether an engine notices by itself that files come, go and change in its model folders.
enum class FolderWatching : std::uint8_t { Off = 0, On };

/// Whether an engine works when nobody wants anything of it (see IdleHashing, IdlePool and IdlePrefetch). What the user
/// chooses is a setting.
enum class IdleWork : std::uint8_t { Off = 0, On };

/// Whether an engine carries out the preload plans that are meant for its start, and those that did not get to their
/// end.
enum class PreloadAtStart : std::uint8_t { Off = 0, On };

/// Whether an engine watches itself and its machine all the time, keeps a history of it and raises alerts. Off: it
/// looks when it is asked.
enum class Monitoring : std::uint8_t { Off = 0, On };

/// What an engine is made of; the composition root (app/) fills it.
struct EngineOptions {
    Settings settings;
    /// Where changed settings are written; empty: they live as long as the engine.
    std::filesystem::path settingsFile;
    /// Where the catalogue is kept between runs (userDataFolder()); empty: it lives as long as the engine.
    std::filesystem::path dataFolder{};
    FolderWatching watching = FolderWatching::Off;
    WatchTiming watchTiming{};
    IdleWork idleWork = IdleWork::Off;
    IdleTiming idleTiming{};
    PreloadAtStart preloadAtStart = PreloadAtStart::Off;
    std::optional<MemoryWatching> memoryWatching{}; ///< absent: the system's memory is not watched
    Monitoring monitoring = Monitoring::Off;
    MonitorOptions monitorOptions{};
    WatchProbe watchProbe{}; ///< what watching asks of the file system; tests put another one in its place
    std::shared_ptr<const Clock> clock; ///< nullptr: the machine's
    std::shared_ptr<LogSink> log; ///< nullptr: nothing is logged
};

/// Called on threads of the engine, never while it holds a lock: return quickly, and do not call the engine's
/// destructor.
struct EngineObserver {
    std::function<void(const EngineSnapshotPtr&)> snapshotChanged; ///< models, residency, devices or cache changed
    std::function<void(const JobSnapshotPtr&)> jobChanged; ///< progress (20 Hz at most per job) or a change of state
    std::function<void(const MonitorSnapshotPtr&)> monitored{}; ///< the engine has looked at itself, once a second
    /// Another program asks for the window, and wants these folders in its library; empty: there is none.
    std::function<void(const std::vector<std::string>& folders)> windowWanted{};
};

/// The engine: catalogue, cache, devices, loads. One per process. Every function may be called from any thread; none
/// but call() waits for work to be done. The destructor cancels all jobs, waits for their rollback, and gives
/// everything back.
class Engine {
public:
    using Completion = std::function<void(const Result<Json>&)>;

    explicit Engine(EngineOptions options, EngineObserver observer = {});
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    [[nodiscard]] const OperationRegistry& operations() const;

    /// Starts an operation by its full name ("model.post_model_load"). Never blocks. `completion` is called exactly
    /// once, on a thread of the engine or, for a request that is refused, on the caller's before this returns. A Long
    /// operation answers with its job's id and appears in jobs(); a Quick or refused one gives JobId {0}.
    JobId start(std::string_view operation, const Json& request, Completion completion = {});
    /// Starts an operation and waits for its answer. Not for the GUI thread. `stop` cancels the job and waits for its
    /// rollback.
    [[nodiscard]] Result<Json> call(std::string_view operation, const Json& request, std::stop_token stop = {});
    /// Errors: JobNotFound.
    Result<> cancel(JobId id);

    /// From now on programs of this user can call its operations by local sockets at `place` (docs/socket.md), until
    /// the engine ends. At most once. Errors: those of LocalServer::start().
    [[nodiscard]] Result<> serve(ClaimedPlace place);

    /// And by HTTP (docs/rest.md), until serve() ends, which comes first. The port that it is at. At most once. Errors:
    /// those of LocalServer::openRest(); Unsupported, without serve().
    [[nodiscard]] Result<std::uint16_t> serveRest(RestOptions options);

    /// Ends that before the engine ends: clients are answered, their jobs cancelled. Waits for it, five seconds at
    /// most.
    void stopServing();

    [[nodiscard]] EngineSnapshotPtr snapshot() const; ///< never null
    /// What was seen last; nullptr: nothing yet, or nobody watches (Monitoring::Off).
    [[nodiscard]] MonitorSnapshotPtr monitored() const;
    [[nodiscard]] std::vector<JobSnapshotPtr> jobs() const;

private:
    class Implementation;
    std::unique_ptr<Implementation> m_implementation;
};

} // namespace weightroom::engine
