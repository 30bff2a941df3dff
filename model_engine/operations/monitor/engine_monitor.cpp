// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/monitor/engine_monitor.h"

#include "model_engine/monitor/alerts/alert_rules.h"
#include "model_engine/monitor/loads/load_statistics.h"
#include "model_engine/monitor/metric_collection.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/memory/own_memory.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <set>
#include <utility>

namespace weightroom::engine {
namespace {

/// Minutes that are kept beyond what is wished: a span of just this length still has its beginning when it is read.
constexpr std::chrono::hours kSpareMinutes{1};

std::vector<WatchedDevice> watchedDevices(const EngineSnapshot& engine, std::vector<DeviceLook> looks)
{
    std::vector<WatchedDevice> devices;
    for (std::size_t i = 0; i < std::min(looks.size(), engine.devices.size()); ++i) {
        const DeviceState& state = engine.devices[i];
        GpuLook& gpu = looks[i].gpu;
        devices.push_back({.description = state.description,
            .ledger = makeLedger(ownMemoryOf(state), looks[i].driver),
            .wakefulness = gpu.wakefulness,
            .reading = std::move(gpu.reading),
            .readAt = gpu.readAt,
            .isKept = gpu.isKept,
            .problem = std::move(gpu.problem)});
    }
    return devices;
}

void collectModels(const MemoryLedger& ledger, std::set<ModelId>& models)
{
    for (const LedgerEntry& entry : ledger.entries) {
        if (!entry.model.empty())
            models.insert(entry.model);
    }
}

std::map<ModelId, std::string> namesOf(const EngineSnapshot& engine, const MonitorSnapshot& monitor)
{
    std::set<ModelId> models;
    collectModels(monitor.cache, models);
    for (const WatchedDevice& device : monitor.devices)
        collectModels(device.ledger, models);
    std::map<ModelId, std::string> names;
    for (const ModelState& state : engine.models) {
        if (models.contains(state.record->id))
            names.emplace(state.record->id, state.record->name);
    }
    return names;
}

void enterCache(const CacheState& cache, MonitorSnapshot& snapshot)
{
    snapshot.cache = makeLedger(ownMemoryOf(cache), {});
    snapshot.cacheHits = cache.hits;
    snapshot.cacheMisses = cache.misses;
    snapshot.cacheEvictions = cache.evictions;
}

/// The share of a memory that is used; absent: it could not be asked.
std::optional<double> usedFraction(const WatchedDevice& device)
{
    if (!device.ledger.areOthersKnown || device.ledger.total == Bytes{})
        return std::nullopt;
    const Bytes unused = device.ledger.sizeOf(LedgerOwner::Free) + device.ledger.sizeOf(LedgerOwner::Ready);
    return 1 - static_cast<double>(unused.value) / static_cast<double>(device.ledger.total.value);
}

std::vector<AlertInput> alertInputs(const MonitorSnapshot& snapshot, const std::vector<LoadEvent>& loads)
{
    std::vector<AlertInput> inputs;
    for (const WatchedDevice& device : snapshot.devices) {
        const DeviceId& id = device.description.id;
        const LoadStatistics statistics = statisticsOf(loads, id);
        inputs.push_back({AlertKind::MemoryFull, id, usedFraction(device)});
        inputs.push_back({AlertKind::SlowLoads, id, statistics.meanSeconds});
        inputs.push_back({AlertKind::FailingLoads, id, statistics.failedFraction});
    }
    return inputs;
}

void append(std::vector<MetricSample>& to, std::vector<MetricSample> samples)
{
    to.insert(to.end(), std::make_move_iterator(samples.begin()), std::make_move_iterator(samples.end()));
}

} // namespace

EngineMonitor::EngineMonitor(EngineServices& services, const std::filesystem::path& dataFolder, MonitorOptions options)
    : m_services(services)
    , m_options(std::move(options))
    , m_store(dataFolder, services.clock, services.log)
    , m_deviceWatch(services.devices, services.clock, m_options.devices)
    , m_hostReader(services.clock, m_options.host)
{
}

EngineMonitor::~EngineMonitor()
{
    stop();
    if (m_writer) // what has come since the last look
        m_writer->add({.samples = {}, .loads = m_loads.takeNew(), .alerts = std::move(m_acknowledged)});
    m_writer.reset(); // its thread may be at the alerts
}

Result<> EngineMonitor::start(OnSnapshot onSnapshot)
{
    auto wakeUp = WakeUp::make();
    if (!wakeUp)
        return fail(std::move(wakeUp).error());
    m_wakeUp = std::move(*wakeUp);
    m_onSnapshot = std::move(onSnapshot);
    m_alerts.awaitEarlier(m_services.clock.now() + kLongestRestore);
    m_writer = std::make_unique<HistoryWriter>(m_store, m_services.log, [this] { restoreAlerts(); });
    m_isLooking = true;
    m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
    return {};
}

void EngineMonitor::stop()
{
    if (!m_thread.joinable())
        return;
    m_thread.request_stop();
    m_wakeUp->wake();
    m_thread.join();
    m_isLooking = false;
}

void EngineMonitor::run(const std::stop_token& stop) noexcept
try {
    while (!stop.stop_requested()) {
        const MonitorSnapshotPtr seen = look();
        if (m_onSnapshot)
            m_onSnapshot(seen);
        m_wakeUp->wait({}, m_options.period);
    }
} catch (const std::exception& error) {
    m_services.log.write(LogLevel::Error, std::string{"The engine is not watched any more: "} + error.what());
}

/// What an earlier run has raised goes on. On the thread of the history's writer: the disk may hang.
void EngineMonitor::restoreAlerts()
{
    auto alerts = m_store.alertsToGoOn(AlertBook::kMostShown);
    if (!alerts) {
        m_services.log.write(LogLevel::Warning, "Earlier alerts are not known: " + describe(alerts.error()));
        alerts = std::vector<Alert>{};
    }
    const std::lock_guard lock{m_alertMutex};
    if (!m_alerts.restore(std::move(*alerts)))
        m_services.log.write(LogLevel::Warning, "Earlier alerts have come too late, and do not go on");
}

MonitorSnapshotPtr EngineMonitor::now()
{
    const MonitorSnapshotPtr seen = newest();
    return m_isLooking && seen ? seen : look();
}

MonitorSnapshotPtr EngineMonitor::look()
{
    MonitorSnapshotPtr snapshot = lookOnce();
    tellAlertNews();
    return snapshot;
}

MonitorSnapshotPtr EngineMonitor::lookOnce()
{
    const std::lock_guard lock{m_lookMutex};
    const MonitorSnapshotPtr before = newest();
    const auto snapshot = makeSnapshot();
    const Wishes wanted = wishes();
    HistoryBatch batch{.samples = {}, .loads = m_loads.takeNew(), .alerts = {}};
    snapshot->samples = samplesOf(*snapshot, before.get());
    for (const LoadEvent& load : batch.loads)
        append(snapshot->samples, samplesOf(load));
    snapshot->keptSamples = keptSamplesOf(*snapshot);
    batch.samples = snapshot->samples;
    append(batch.samples, snapshot->keptSamples);
    batch.alerts = judge(*snapshot, wanted.rules);
    if (m_writer) {
        m_writer->setRetention(wanted.retention);
        m_writer->add(std::move(batch));
        snapshot->historyProblem = m_writer->problem();
        snapshot->samplesDropped = m_writer->dropped();
    }
    std::atomic_store(&m_newest, MonitorSnapshotPtr{snapshot});
    return snapshot;
}

EngineMonitor::Wishes EngineMonitor::wishes()
{
    return m_services.executor.invoke([this] {
        const Settings& settings = m_services.tables.settings;
        return Wishes{.rules = alertRulesOf(settings),
            .retention = {.minutes = settings.history.minutes + kSpareMinutes, .hours = settings.history.hours}};
    });
}

std::shared_ptr<MonitorSnapshot> EngineMonitor::makeSnapshot()
{
    auto snapshot = std::make_shared<MonitorSnapshot>();
    const MonitorSnapshotPtr before = newest();
    snapshot->revision = before ? before->revision + 1 : 1;
    std::vector<DeviceLook> looks = m_deviceWatch.look();
    publishLosses(); // a look may be the first to ask a GPU that is gone
    const EngineSnapshotPtr engine = m_services.snapshot(); // after the looks, which may take a while
    snapshot->at = m_services.clock.wallTime();
    snapshot->devices = watchedDevices(*engine, std::move(looks));
    snapshot->host = m_hostReader.read();
    enterCache(engine->cache, *snapshot);
    snapshot->loads = m_loads.totals();
    snapshot->modelNames = namesOf(*engine, *snapshot);
    snapshot->driverVersion = m_deviceWatch.driverVersion();
    return snapshot;
}

/// An engine in which nothing happens would not notice that a device is lost.
void EngineMonitor::publishLosses()
{
    const EngineSnapshotPtr engine = m_services.snapshot();
    const auto& devices = m_services.devices.devices;
    for (std::size_t i = 0; i < std::min(devices.size(), engine->devices.size()); ++i) {
        if (devices[i]->lostReason() && !engine->devices[i].lost) {
            m_services.executor.invoke([this] { m_services.publish(); });
            return;
        }
    }
}

/// The alerts that have changed.
std::vector<Alert> EngineMonitor::judge(MonitorSnapshot& snapshot, const std::vector<AlertRule>& rules)
{
    const auto inputs = alertInputs(snapshot, m_loads.recent(snapshot.at - kAlertPeriod));
    const std::lock_guard lock{m_alertMutex};
    std::vector<Alert> changed = std::exchange(m_acknowledged, {});
    for (AlertChange& change : m_alerts.update(rules, inputs, m_services.clock.now(), snapshot.at)) {
        changed.push_back(change.alert);
        if (change.news != AlertNews::Worsened)
            m_untold.push_back(std::move(change));
    }
    snapshot.alerts = m_alerts.shown();
    snapshot.lastEarlierAlert = m_alerts.lastEarlier();
    return changed;
}

/// One after another, so that nobody hears of an alert's end after what came later; and no lock is held over it.
void EngineMonitor::tellAlertNews()
{
    std::unique_lock lock{m_alertMutex};
    if (std::exchange(m_isTelling, true))
        return;
    while (!m_untold.empty()) {
        const std::vector<AlertChange> news = std::exchange(m_untold, {});
        lock.unlock();
        try {
            for (const AlertChange& change : news)
                m_services.alertChanged(change);
        } catch (const std::exception& error) {
            m_services.log.write(LogLevel::Error, std::string{"Alerts could not be told of: "} + error.what());
        }
        lock.lock();
    }
    m_isTelling = false;
}

Result<Alert> EngineMonitor::acknowledge(std::uint64_t number)
{
    auto change = [&] {
        const std::lock_guard lock{m_alertMutex};
        auto acknowledged = m_alerts.acknowledge(number, m_services.clock.wallTime());
        if (acknowledged)
            m_acknowledged.push_back(acknowledged->alert);
        if (acknowledged && acknowledged->news == AlertNews::Acknowledged)
            m_untold.push_back(*acknowledged);
        return acknowledged;
    }();
    if (!change)
        return fail(std::move(change).error());
    tellAlertNews();
    return std::move(change->alert);
}

std::vector<Alert> EngineMonitor::shownAlerts()
{
    const std::lock_guard lock{m_alertMutex};
    return m_alerts.shown();
}

Result<HistoryStore*> EngineMonitor::history()
{
    if (m_writer) {
        if (auto written = m_writer->flush(); !written)
            return fail(std::move(written).error());
    }
    return &m_store;
}

} // namespace weightroom::engine
