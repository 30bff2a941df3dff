// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/engine.h"

#include "model_engine/benchmark/reports/report_store.h"
#include "model_engine/cache/usage/usage_store.h"
#include "model_engine/loader/contents/known_content_store.h"
#include "model_engine/operations/all_operations.h"
#include "model_engine/operations/cache/idle_pool.h"
#include "model_engine/operations/cache/idle_prefetch.h"
#include "model_engine/operations/cache/usage_keeping.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/jobs/job_json.h"
#include "model_engine/operations/library/idle_hashing.h"
#include "model_engine/operations/library/library_scan.h"
#include "model_engine/operations/loading/model_expiry.h"
#include "model_engine/operations/monitor/engine_monitor.h"
#include "model_engine/operations/operation_call.h"
#include "model_engine/operations/sharing/leasing.h"
#include "model_engine/server/client_role.h"
#include "model_engine/server/socket/local_server.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <future>
#include <optional>
#include <thread>

namespace weightroom::engine {
namespace {

/// Loads, unloads and scans that run at the same time; the rest waits. Two loads keep a disk and a bus busy, and two
/// threads more let an unload or a scan through beside them.
constexpr unsigned kJobThreads = 4;
/// Idle work gives back what it took within a chunk that is being read. A disk that hangs must not hold up work that
/// needs nothing of it.
constexpr std::chrono::seconds kLongestWaitForIdleWork{5};

/// Where the preload plans, and others, are kept; nowhere without a folder of data.
std::filesystem::path placeIn(const std::filesystem::path& dataFolder, const char* name)
{
    return dataFolder.empty() ? std::filesystem::path{} : dataFolder / name;
}

/// Only a GPU wants what it copies pinned.
std::vector<std::unique_ptr<TransferLane>> lanesOf(DeviceSet& devices, CacheMemory& cache, LogSink& log)
{
    std::vector<std::unique_ptr<TransferLane>> lanes;
    for (const auto& device : devices.devices) {
        const bool isGpu = device->description().kind != DeviceKind::Host;
        lanes.push_back(std::make_unique<TransferLane>(*device, log, isGpu ? &cache.pinning() : nullptr));
    }
    return lanes;
}

} // namespace

/// The parts of the engine, in the order in which they stand on each other; they are destroyed backwards: jobs first,
/// which are cancelled and roll back, then the engine thread, the tables with all weights, the memories, the devices.
class Engine::Implementation {
public:
    Implementation(EngineOptions options, EngineObserver observer)
        : m_clock(options.clock ? std::move(options.clock) : std::make_shared<const SystemClock>())
        , m_log(options.log ? std::move(options.log) : std::make_shared<NullLog>())
        , m_observer(std::move(observer))
        , m_idle(*m_clock, options.idleTiming)
        , m_flags(options.settings, *m_clock, *m_log, [this] { publishSoon(); })
        , m_devices(openDevices(deviceSettingsOf(options.settings), *m_log))
        , m_cacheMemory(options.settings.cacheBudget, m_devices, *m_log)
        , m_tables(std::move(options.settings), *m_clock)
        , m_lanes(lanesOf(m_devices, m_cacheMemory, *m_log))
        , m_readers(
              ReaderPool::kDefaultThreads,
              [this](std::span<std::byte> bytes) { return m_cacheMemory.takePages(bytes); },
              FeatureSwitch{m_flags, Feature::DirectIo})
        , m_preloadFile(placeIn(options.dataFolder, "preload_plans.json"))
        , m_store(options.dataFolder, *m_clock, *m_log)
        , m_contentStore(options.dataFolder, *m_clock, *m_log)
        , m_usageStore(options.dataFolder, *m_clock, *m_log)
        , m_services{*m_clock, *m_log, std::move(options.settingsFile), m_store, m_devices, m_lanes, m_cacheMemory,
              m_readers, m_flags, m_tables, m_executor, [this] { publish(); }, [this] { return snapshot(); }, nullptr,
              &m_usageStore, &m_contentStore}
        , m_monitor(m_services, options.dataFolder, std::move(options.monitorOptions))
        , m_usageKeeper(m_services)
        , m_executor(*m_log)
        , m_jobs(kJobThreads, *m_clock, *m_log, [this](const JobSnapshotPtr& job) { tellOf(job); })
    {
        m_services.jobs = [this] { return m_jobs.jobs(); };
        m_services.cancelJob = [this](JobId job) { return m_jobs.cancel(job); };
        m_services.tellClient = [this](ClientId client, std::string_view method, const Json& params) {
            if (LocalServer* server = m_servedBy.load())
                server->tell(client, method, params);
        };
        m_services.alertChanged = [this](const AlertChange& change) {
            if (LocalServer* server = m_servedBy.load())
                server->alertChanged(change);
        };
        m_services.monitor = &m_monitor;
        m_services.preloadPlans = std::make_shared<PreloadPlans>(m_preloadFile);
        m_services.reports = std::make_shared<const ReportStore>(placeIn(options.dataFolder, "benchmarks"));
        addAllOperations(m_registry, m_services);
        for (const auto& device : m_devices.devices)
            m_tables.driverMemory[device->description().id] = driverMemoryOf(*device);
        m_executor.invoke([this] { publish(); });
        if (options.monitoring == Monitoring::On)
            startMonitoring();
        if (m_store.isOnDisk())
            m_catalogLoader = std::jthread([this, preload = options.preloadAtStart, work = m_idle.begin()] {
                loadCatalog();
                if (preload == PreloadAtStart::On)
                    startPreloads();
            });
        if (options.idleWork == IdleWork::On)
            startIdleWork(options);
        if (options.memoryWatching)
            startMemoryWatch(*std::move(options.memoryWatching));
        if (options.watching == FolderWatching::On)
            startWatching(options.watchTiming, options.watchProbe);
    }
    ~Implementation()
    {
        stopServing();
        m_executor.invoke([] {}); // what ends with the clients has become jobs
        // It starts jobs; they may still ask it something until they have ended.
        if (m_watcher)
            m_watcher->stop();
        m_monitor.stop();
    }
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;

    [[nodiscard]] const OperationRegistry& registry() const { return m_registry; }
    [[nodiscard]] JobQueue& jobs() { return m_jobs; }
    [[nodiscard]] EngineSnapshotPtr snapshot() const { return std::atomic_load(&m_snapshot); }
    [[nodiscard]] MonitorSnapshotPtr monitored() const { return m_monitor.isLooking() ? m_monitor.newest() : nullptr; }

    JobId start(std::string_view operation, const Json& request, Completion completion,
        JobOrigin origin = JobOrigin::User, const Client& client = {})
    {
        if (!completion)
            completion = [](const Result<Json>&) {};
        const OperationSpec* spec = m_registry.find(operation);
        auto arguments = argumentsFor(m_registry, operation, request, client);
        if (!arguments) {
            completion(fail(std::move(arguments).error()));
            return {};
        }
        // Who only looks, every second perhaps, does not keep idle work from being done.
        const bool isLook = spec->duration == Duration::Quick && changesNothing(*spec);
        if (!isLook)
            completion = asWork(std::move(completion));
        if (spec->duration == Duration::Long)
            return startJob(*spec, std::move(*arguments), std::move(completion), origin);
        m_executor.post([spec, arguments = std::move(*arguments), completion = std::move(completion)] {
            completion(runOperation(*spec, arguments, nullptr));
        });
        return {};
    }

    Result<> serve(ClaimedPlace place)
    {
        ServedEngine served{.operations = m_registry,
            .start =
                [this](std::string_view operation, const Json& request, Completion completion, const Client& client) {
                    return start(operation, request, std::move(completion), JobOrigin::User, client);
                },
            .cancel = [this](JobId job) { return m_jobs.cancel(job); },
            .takeSlabs =
                [this](const SlabRequest& request, ServedEngine::OnSlabs onSlabs) {
                    m_executor.post(
                        [this, request, onSlabs = std::move(onSlabs)] { onSlabs(takeSlabs(m_services, request)); });
                },
            .clientGone = [this](ClientId client) { endLeasesOf(client); },
            .showWindow = m_observer.windowWanted,
            .monitor = [this] { return monitored(); }};
        auto server = LocalServer::start(std::move(served), std::move(place), *m_log);
        if (!server)
            return fail(std::move(server).error());
        m_server = std::move(*server);
        m_servedBy.store(m_server.get());
        return {};
    }

    Result<std::uint16_t> serveRest(RestOptions options)
    {
        if (!m_server)
            return fail(ErrorCode::Unsupported, "an engine that does not serve its user's programs has no REST door");
        return m_server->openRest(std::move(options));
    }

    /// Nobody asks anything more; what clients have begun rolls back, and they are told.
    void stopServing()
    {
        if (m_server)
            m_server->stop();
    }

private:
    void tellOf(const JobSnapshotPtr& job)
    {
        if (m_observer.jobChanged)
            m_observer.jobChanged(job);
        if (LocalServer* server = m_servedBy.load())
            server->jobChanged(job);
    }

    void endLeasesOf(ClientId client)
    {
        // Out of the table at once, whatever becomes of the job: it alone owns what is left of them.
        m_executor.post([this, client] {
            auto ended = std::make_shared<EndedLeases>(engine::endLeasesOf(m_services, client));
            if (!ended->leases.empty())
                m_jobs.submit(
                    describeLeaseEnd(),
                    [this, ended](JobContext&) -> Result<Json> { return giveBack(m_services, std::move(*ended)); },
                    completionOf(asWork({})), answerSummary);
        });
    }

    /// The completion of an operation, which counts as work until it has an answer.
    Completion asWork(Completion completion)
    {
        // Shared because a std::function must be copyable.
        return [work = std::make_shared<IdleGate::Work>(m_idle.begin()), completion = std::move(completion)](
                   const Result<Json>& answer) {
            work->end();
            if (completion)
                completion(answer);
        };
    }

    JobId startJob(const OperationSpec& spec, Arguments arguments, Completion completion, JobOrigin origin)
    {
        JobDescription description = spec.describe(arguments);
        description.origin = origin;
        description.clientKind = arguments.client().kind;
        description.client = arguments.client().id;
        return m_jobs.submit(
            std::move(description),
            [this, &spec, arguments = std::move(arguments)](JobContext& job) {
                m_idle.waitForTurns(kLongestWaitForIdleWork);
                return runOperation(spec, arguments, &job);
            },
            completionOf(std::move(completion)), answerSummary);
    }

    static JobQueue::Completion completionOf(Completion completion)
    {
        return [completion = std::move(completion)](const JobSnapshotPtr& job) {
            completion(job->error ? Result<Json>(fail(*job->error)) : Result<Json>(job->result));
        };
    }

    /// A change leads to a scan of the folder it came from.
    void startWatching(const WatchTiming& timing, const WatchProbe& probe)
    {
        const auto rescan = [this](const std::filesystem::path& root) {
            start("model.get_available_models", {{"scan_directories", {root.string()}}}, {}, JobOrigin::Automatic);
        };
        auto watcher =
            FolderWatcher::start(*m_log, {.changed = rescan, .stateChanged = [this] { publishSoon(); }}, timing, probe);
        if (!watcher) {
            m_log->write(LogLevel::Warning, "The model folders are not watched: " + describe(watcher.error()));
            return;
        }
        m_watcher = std::move(*watcher);
        m_executor.invoke([this] { m_services.watcher = m_watcher.get(); });
        watchFolders(m_services);
    }

    void startIdleWork(const EngineOptions& options)
    {
        m_idleHashing = std::make_unique<IdleHashing>(m_services, m_idle);
        const MemoryFiles files = options.memoryWatching ? options.memoryWatching->files : MemoryFiles{};
        m_idlePool = std::make_unique<IdlePool>(
            m_services, m_idle, [files] { return readMemory(files); }, options.idleTiming);
        m_idlePrefetch = std::make_unique<IdlePrefetch>(m_services, m_idle);
    }

    void startMemoryWatch(MemoryWatching watching)
    {
        auto watch = MemoryWatch::start(m_services, std::move(watching), [this] { unloadExpired(); });
        if (watch)
            m_memoryWatch = std::move(*watch);
        else
            m_log->write(LogLevel::Warning, "The system's memory is not watched: " + describe(watch.error()));
    }

    void startMonitoring()
    {
        const auto tell = [this](const MonitorSnapshotPtr& seen) {
            if (m_observer.monitored)
                m_observer.monitored(seen);
        };
        if (auto started = m_monitor.start(tell); !started)
            m_log->write(LogLevel::Warning, "The engine is not watched: " + describe(started.error()));
    }

    /// What nobody has used for longer than it was to stay goes, each by a job of its own.
    void unloadExpired()
    {
        for (const ExpiredModelPtr& expired : expiredModels(m_services)) {
            m_jobs.submit(
                describeExpiry(m_services, *expired),
                [this, expired](JobContext&) {
                    m_idle.waitForTurns(kLongestWaitForIdleWork);
                    // Who wants the model meanwhile waits, and is not refused for what nobody asked for.
                    const IdleGate::Turn turn = m_idle.takeTurn();
                    return engine::unloadExpired(m_services, *expired);
                },
                completionOf(asWork({})), answerSummary);
        }
    }

    /// On a thread of its own: nobody waits for it but the first scan.
    void loadCatalog() noexcept
    try {
        loadKeptCatalog(m_services);
        loadKeptUsage(m_services);
        watchFolders(m_services); // what the folders are known to name elsewhere too
    } catch (const std::exception& error) {
        m_log->write(LogLevel::Error, std::string{"The kept catalogue could not be loaded: "} + error.what());
    }

    void startPreloads() noexcept
    try {
        const auto plans = m_services.preloadPlans->all();
        if (!plans)
            return m_log->write(LogLevel::Warning, "No preload plan was begun: " + describe(plans.error()));
        for (const PreloadPlan& plan : *plans) {
            if (plan.runsAtStart || plan.isUnfinished)
                start("preload.post_preload_run", {{"name", plan.name}}, {});
        }
    } catch (const std::exception& error) {
        m_log->write(LogLevel::Error, std::string{"Preload plans could not be begun: "} + error.what());
    }

    void publishSoon()
    {
        m_executor.post([this] { publish(); });
    }

    /// Never throws: a snapshot that could not be made leaves the last one in place, and is told to the log.
    void publish()
    try {
        EngineSnapshotPtr next = makeSnapshot(m_services);
        const EngineSnapshotPtr before = std::atomic_exchange(&m_snapshot, next);
        tellOfLostDevices(m_services, *before, *next);
        if (m_observer.snapshotChanged)
            m_observer.snapshotChanged(next);
        if (LocalServer* server = m_servedBy.load())
            server->stateChanged(next->revision);
    } catch (const std::exception& error) {
        m_log->write(LogLevel::Error, std::string{"A snapshot could not be published: "} + error.what());
    }

    const std::shared_ptr<const Clock> m_clock;
    const std::shared_ptr<LogSink> m_log;
    const EngineObserver m_observer;
    std::unique_ptr<LocalServer> m_server; ///< nullptr: nobody is served. Stopped first; news may come until the end
    std::atomic<LocalServer*> m_servedBy = nullptr; ///< the same
    IdleGate m_idle;
    FeatureFlags m_flags; ///< tells of changes through m_executor: whatever notes any has ended before that goes
    DeviceSet m_devices;
    CacheMemory m_cacheMemory;
    EngineTables m_tables;
    std::vector<std::unique_ptr<TransferLane>> m_lanes;
    ReaderPool m_readers;
    EngineSnapshotPtr m_snapshot = std::make_shared<const EngineSnapshot>(); ///< read and written atomically
    OperationRegistry m_registry;
    const std::filesystem::path m_preloadFile;
    CatalogStore m_store;
    KnownContentStore m_contentStore;
    UsageStore m_usageStore;
    EngineServices m_services; ///< refers to m_executor, whose last closures still use it: made before, destroyed after
    std::unique_ptr<FolderWatcher> m_watcher; ///< stopped first; the last snapshots still ask it
    EngineMonitor m_monitor; ///< stopped first; jobs still tell it of loads
    UsageKeeper m_usageKeeper; ///< keeps what is left when the engine thread has ended
    SerialExecutor m_executor;
    JobQueue m_jobs;
    std::jthread m_catalogLoader;
    std::unique_ptr<IdleHashing> m_idleHashing; ///< nullptr: no idle work
    std::unique_ptr<IdlePool> m_idlePool; ///< likewise
    std::unique_ptr<IdlePrefetch> m_idlePrefetch; ///< likewise
    std::unique_ptr<MemoryWatch> m_memoryWatch; ///< nullptr: nobody watches the system's memory
};

Engine::Engine(EngineOptions options, EngineObserver observer)
    : m_implementation(std::make_unique<Implementation>(std::move(options), std::move(observer)))
{
}

Engine::~Engine() = default;

const OperationRegistry& Engine::operations() const { return m_implementation->registry(); }

JobId Engine::start(std::string_view operation, const Json& request, Completion completion)
{
    return m_implementation->start(operation, request, std::move(completion));
}

Result<Json> Engine::call(std::string_view operation, const Json& request, std::stop_token stop)
{
    // Shared: the answer may be taken before set_value() has returned on the other thread.
    auto promise = std::make_shared<std::promise<Result<Json>>>();
    auto answer = promise->get_future();
    const JobId job = start(operation, request, [promise](const Result<Json>& result) { promise->set_value(result); });
    // Waited for in any case: a cancelled job answers after its rollback.
    const std::stop_callback onStop{stop, [this, job] {
                                        if (auto cancelled = cancel(job); !cancelled)
                                            return; // it has ended by itself, or was no job
                                    }};
    return answer.get();
}

Result<> Engine::cancel(JobId id) { return m_implementation->jobs().cancel(id); }

Result<> Engine::serve(ClaimedPlace place) { return m_implementation->serve(std::move(place)); }

Result<std::uint16_t> Engine::serveRest(RestOptions options) { return m_implementation->serveRest(std::move(options)); }

void Engine::stopServing() { m_implementation->stopServing(); }

EngineSnapshotPtr Engine::snapshot() const { return m_implementation->snapshot(); }

MonitorSnapshotPtr Engine::monitored() const { return m_implementation->monitored(); }

std::vector<JobSnapshotPtr> Engine::jobs() const { return m_implementation->jobs().jobs(); }

} // namespace weightroom::engine
