// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/alerts/alert_book.h"
#include "model_engine/monitor/history/history_store.h"
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/monitor_rig.h"
#include "tests/model_engine/monitor/watch/fake_gpu_view.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <numeric>

using namespace weightroom::engine;
using namespace weightroom::test;
using weightroom::fake_cuda::Fault;
using weightroom::fake_cuda::Machine;

namespace {

Bytes sumOf(const MemoryLedger& ledger)
{
    return std::accumulate(ledger.entries.begin(), ledger.entries.end(), Bytes{},
        [](Bytes sum, const LedgerEntry& entry) { return sum + entry.size; });
}

std::uint64_t sumOf(const Json& memory)
{
    std::uint64_t sum = 0;
    for (const Json& entry : memory.at("entries"))
        sum += entry.at("size_bytes").get<std::uint64_t>();
    return sum;
}

bool hasAlert(const MonitorSnapshot& seen, AlertKind kind, bool isActive)
{
    return std::ranges::any_of(
        seen.alerts, [&](const Alert& alert) { return alert.kind == kind && alert.isActive() == isActive; });
}

} // namespace

/// An engine that watches itself, through its door.
class TestEngineMonitor : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void looksWhenItIsAsked();
    void addsUpWhileModelsComeAndGo();
    void tellsOfAGpu();
    void saysHowOldAReadingIs();
    void noticesThatAGpuIsLost();
    void countsNoRefusalAsAFailedLoad();
    void raisesAnAlertOnceAndRemembersIt();
    void goesOnWithAnActiveAlertHoweverOld();
    void tellsOfEarlierAlertsByPages();
    void saysWhyThereIsNoHistory();
    void refusesWhatThereIsNot();
};

void TestEngineMonitor::looksWhenItIsAsked()
{
    EngineRig rig;
    rig.write("one", kMiB * 4);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("one")));
    const auto state = rig.call("monitor.get_monitor_state");
    VERIFY_RESULT(state);
    const Json& device = state->at("devices").at(0);
    QCOMPARE(device.at("device_id").get<std::string>(), std::string{"HOST_0"});
    QVERIFY(device.at("reading").is_null()); // no GPU
    QVERIFY(device.at("problem").is_null());
    QCOMPARE(sumOf(device.at("memory")), device.at("memory").at("total_bytes").get<std::uint64_t>());
    const Json& owner = device.at("memory").at("entries").at(0);
    QCOMPARE(owner.at("owner").get<std::string>(), std::string{"component"});
    QCOMPARE(owner.at("model_name").get<std::string>(), std::string{"one"});
    QVERIFY(owner.at("size_bytes").get<std::uint64_t>() >= (kMiB * 4).value);
    QVERIFY(state->at("host").at("memory_total_bytes").get<std::uint64_t>() > kMiB.value); // of the real machine
    QCOMPARE(state->at("loads").at(0).at("succeeded").get<int>(), 1);
    QVERIFY(!rig.engine().monitored()); // it does not watch itself
}

void TestEngineMonitor::addsUpWhileModelsComeAndGo()
{
    MonitorRig rig;
    std::atomic<int> looks = 0;
    std::atomic<int> wrong = 0;
    const auto keep = rig.onMonitored;
    rig.onMonitored = [&, keep](const MonitorSnapshot& seen) {
        ++looks;
        for (const WatchedDevice& device : seen.devices)
            wrong += sumOf(device.ledger) == device.ledger.total ? 0 : 1;
        wrong += sumOf(seen.cache) == seen.cache.total ? 0 : 1;
        keep(seen);
    };
    for (const char* name : {"one", "two", "three"})
        rig.write(name, kMiB * 8);
    VERIFY_RESULT(rig.scan());
    for (int round = 0; round < 5; ++round) {
        for (const char* name : {"one", "two", "three"})
            VERIFY_RESULT(rig.load(rig.idOf(name)));
        for (const char* name : {"one", "two", "three"})
            VERIFY_RESULT(rig.unload(rig.idOf(name)));
    }
    QVERIFY(
        rig.waitUntil([](const MonitorSnapshot& seen) { return seen.loads.at(DeviceId{"HOST_0"}).succeeded == 15; }));
    QVERIFY(looks > 0);
    QCOMPARE(wrong, 0);
}

/// Both test doubles as one machine: what NVML says, what our arena says and the ledger agree to the byte.
void TestEngineMonitor::tellsOfAGpu()
{
    constexpr unsigned kOther = 4711;
    const Machine machine{.foreignUse = (kMiB * 200).value};
    weightroom::fake_cuda::fakeCuda().reset(machine);
    {
        MonitorRig rig;
        rig.settings.useCuda = true;
        rig.monitorOptions.devices.processes = rig.folder / "proc";
        rig.folder.write("proc/4711/cmdline", std::string{"/opt/blender/blender\0", 21});
        FakeGpuView view;
        QVERIFY(view.play("GPU-a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0"));
        view.update(machine, kOther, kMiB * 150);
        rig.write("one", kMiB * 4);
        VERIFY_RESULT(rig.scan());
        VERIFY_RESULT(rig.load(rig.idOf("one")));
        view.update(machine, kOther, kMiB * 150);
        const auto seen = rig.waitUntil([](const MonitorSnapshot& now) {
            const WatchedDevice& gpu = now.devices.front();
            return gpu.reading && gpu.ledger.sizeOf(LedgerOwner::Component) > Bytes{}
            && gpu.reading->memoryUsed
                == Bytes{weightroom::fake_cuda::fakeCuda().live().memory} + FakeGpuView::kContext + kMiB * 200;
        });
        QVERIFY(seen);
        const WatchedDevice& gpu = seen->devices.front();
        QCOMPARE(sumOf(gpu.ledger), gpu.ledger.total);
        QCOMPARE(gpu.ledger.total, *gpu.reading->memoryTotal);
        QCOMPARE(gpu.ledger.sizeOf(LedgerOwner::Free), *gpu.reading->memoryFree);
        QCOMPARE(gpu.ledger.sizeOf(LedgerOwner::Reserved), FakeGpuView::kReserved);
        QCOMPARE(gpu.ledger.sizeOf(LedgerOwner::Context), FakeGpuView::kContext);
        QCOMPARE(gpu.ledger.sizeOf(LedgerOwner::Process), kMiB * 150);
        QCOMPARE(gpu.ledger.sizeOf(LedgerOwner::Unattributed), kMiB * 50); // of processes that are not listed
        const auto other = std::ranges::find(gpu.ledger.entries, kOther, &LedgerEntry::processId);
        QVERIFY(other != gpu.ledger.entries.end());
        QCOMPARE(other->name, std::string{"blender"});
        QCOMPARE(other->work, GpuWork::Compute);
        const auto state = rig.call("monitor.get_monitor_state");
        VERIFY_RESULT(state);
        const Json& entries = state->at("devices").at(0).at("memory").at("entries");
        const auto row =
            std::ranges::find_if(entries, [](const Json& entry) { return entry.at("owner") == "process"; });
        QVERIFY(row != entries.end() && row->at("work") == "compute");
        weightroom::fake_nvml::fakeNvml().loseAt(1, 15);
        const auto lost =
            rig.waitUntil([](const MonitorSnapshot& now) { return now.devices.front().problem.has_value(); });
        QVERIFY(lost);
        QCOMPARE(lost->devices.front().problem->code, ErrorCode::DeviceLost);
        QVERIFY(!lost->devices.front().reading);
        QCOMPARE(sumOf(lost->devices.front().ledger), lost->devices.front().ledger.total);
    }
    weightroom::fake_cuda::fakeCuda().endProcess();
}

/// Of a GPU that is left to find its sleep: in 20 seconds it is asked once.
void TestEngineMonitor::saysHowOldAReadingIs()
{
    weightroom::fake_cuda::fakeCuda().reset({});
    {
        MonitorRig rig;
        rig.settings.useCuda = true;
        rig.monitorOptions.devices.pciDevices = rig.folder / "pci";
        rig.folder.write("pci/0000:00:06.0/power/runtime_status", "active\n");
        rig.folder.write("pci/0000:00:06.0/power/control", "auto\n");
        FakeGpuView view;
        QVERIFY(view.play("GPU-a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0"));
        VERIFY_RESULT(rig.scan());
        const auto kept = [](const MonitorSnapshot& now) { return now.devices.front().isKept; };
        QVERIFY(rig.waitUntil(kept));
        const Clock::Wall then = rig.time->wallTime();
        for (int second = 0; second < 20; ++second)
            rig.letPass(std::chrono::seconds{1});
        const auto seen = rig.waitUntil(kept);
        QVERIFY(seen);
        QVERIFY(seen->devices.front().readAt == then);
        const auto state = rig.call("monitor.get_monitor_state");
        VERIFY_RESULT(state);
        const Json& gpu = state->at("devices").at(0);
        QCOMPARE(gpu.at("reading_taken_at").get<std::string>(), toIsoText(then, IsoPrecision::Milliseconds));
        QVERIFY(state->at("devices").at(1).at("reading_taken_at").is_null()); // no GPU
        const auto history = rig.call("monitor.get_metric_history",
            {{"metrics", {"temperature", "ram_used"}}, {"device_id", "GPU_0"}, {"step", "second"}});
        VERIFY_RESULT(history);
        const Json& temperature = history->at("series").at(0);
        QCOMPARE(temperature.at("times").size(), std::size_t{1}); // nothing that was not measured
        QVERIFY(temperature.at("counts").at(0).get<int>() > 20); // and a mean over time all the same
    }
    weightroom::fake_cuda::fakeCuda().endProcess();
}

void TestEngineMonitor::noticesThatAGpuIsLost()
{
    constexpr int kIllegalAddress = 700;
    weightroom::fake_cuda::fakeCuda().reset({});
    weightroom::fake_nvml::fakeNvml().loseAt(1, 15); // whatever ran before: NVML does not say how much is free
    {
        MonitorRig rig;
        rig.settings.useCuda = true;
        rig.monitorOptions.devices.nvmlLibrary = "libnone-of-that-name.so.1"; // CUDA is asked at each look
        VERIFY_RESULT(rig.scan());
        QVERIFY(rig.waitUntil([](const MonitorSnapshot& now) { return now.devices.front().ledger.areOthersKnown; }));
        QVERIFY(!rig.engine().snapshot()->devices.front().lost);
        weightroom::fake_cuda::fakeCuda().failCall("cuMemGetInfo", 1, kIllegalAddress, Fault::Sticky);
        const auto lost = rig.waitUntil([](const MonitorSnapshot& now) {
            const auto& problem = now.devices.front().problem;
            return problem && problem->code == ErrorCode::DeviceLost;
        });
        QVERIFY(lost);
        QVERIFY(!lost->devices.front().ledger.areOthersKnown);
        QVERIFY(rig.engine().snapshot()->devices.front().lost); // nobody had to use it for that
    }
    weightroom::fake_cuda::fakeCuda().endProcess();
}

void TestEngineMonitor::countsNoRefusalAsAFailedLoad()
{
    MonitorRig rig;
    VERIFY_ERROR(rig.load("no such model"), ErrorCode::ModelNotFound);
    rig.letPass(std::chrono::seconds{1});
    QVERIFY(rig.engine().monitored()->loads.empty());
}

void TestEngineMonitor::raisesAnAlertOnceAndRemembersIt()
{
    MonitorRig rig({kMiB * 8});
    rig.settings.alerts.hold = std::chrono::seconds{2};
    rig.write("one", kMiB * 7 + kKiB * 512);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("one")));
    VERIFY_RESULT(rig.call("monitor.get_metric_history", {{"metrics", {"memory_free"}}})); // earlier alerts are known
    rig.letPass(std::chrono::seconds{1});
    QVERIFY(rig.engine().monitored()->alerts.empty()); // it has to last
    rig.letPass(std::chrono::seconds{2});
    const auto raised =
        rig.waitUntil([](const MonitorSnapshot& seen) { return hasAlert(seen, AlertKind::MemoryFull, true); });
    QVERIFY(raised);
    QCOMPARE(raised->alerts.size(), 1U);
    QCOMPARE(raised->alerts.front().device, DeviceId{"HOST_0"});
    QVERIFY(raised->alerts.front().value > 0.9);
    for (int i = 0; i < 5; ++i)
        rig.letPass(std::chrono::seconds{2});
    QCOMPARE(rig.engine().monitored()->alerts.size(), 1U); // not again
    const auto number = raised->alerts.front().number;
    VERIFY_RESULT(rig.call("monitor.post_alert_acknowledge", {{"alert_id", number}}));

    // It goes on in the next run, acknowledged, and recovers there.
    rig.restart();
    VERIFY_RESULT(rig.scan());
    const auto restored = rig.waitUntil([](const MonitorSnapshot& seen) { return !seen.alerts.empty(); });
    QVERIFY(restored);
    QCOMPARE(restored->alerts.front().number, number);
    QVERIFY(restored->alerts.front().acknowledgedAt.has_value());
    rig.letPass(std::chrono::seconds{3});
    QVERIFY(rig.waitUntil([](const MonitorSnapshot& seen) { return seen.alerts.empty(); })); // nothing is loaded now
    const auto alerts = rig.call("monitor.get_alerts");
    VERIFY_RESULT(alerts);
    QCOMPARE(alerts->at("alerts").size(), 1U);
    const Json& alert = alerts->at("alerts").at(0);
    QCOMPARE(alert.at("kind").get<std::string>(), std::string{"memory_full"});
    QCOMPARE(alert.at("severity").get<std::string>(), std::string{"warning"});
    QVERIFY(!alert.at("is_active").get<bool>() && alert.at("recovered_at").is_string());
}

/// Of a device that is gone: it recovers, though a hundred others came after it.
void TestEngineMonitor::goesOnWithAnActiveAlertHoweverOld()
{
    MonitorRig rig;
    HistoryBatch batch;
    for (std::uint64_t number = 1; number <= AlertBook::kMostShown + 1; ++number) {
        batch.alerts.push_back({.number = number,
            .kind = AlertKind::MemoryFull,
            .device = {"GPU_9"},
            .threshold = 0.9,
            .value = 0.95,
            .worst = 0.95,
            .raisedAt = rig.time->wallTime()});
        if (number > 1)
            batch.alerts.back().recoveredAt = rig.time->wallTime();
    }
    {
        NullLog log;
        VERIFY_RESULT(HistoryStore(rig.dataFolder, *rig.time, log).write(batch));
    }
    VERIFY_RESULT(rig.scan());
    const auto over = rig.waitUntil([](const MonitorSnapshot& seen) {
        return !seen.alerts.empty()
            && std::ranges::none_of(seen.alerts, [](const Alert& alert) { return alert.isActive(); });
    });
    QVERIFY(over);
    const auto alerts = rig.call("monitor.get_alerts", {{"limit", 1000}});
    VERIFY_RESULT(alerts);
    QCOMPARE(alerts->at("alerts").size(), AlertBook::kMostShown + 1);
    QCOMPARE(alerts->at("alerts").back().at("alert_id").get<int>(), 1);
    QVERIFY(!alerts->at("alerts").back().at("is_active").get<bool>());
}

void TestEngineMonitor::tellsOfEarlierAlertsByPages()
{
    MonitorRig rig({kMiB * 8});
    rig.settings.alerts.hold = {};
    rig.write("one", kMiB * 7 + kKiB * 512);
    {
        HistoryBatch batch;
        for (std::uint64_t number = 1; number <= 5; ++number) {
            batch.alerts.push_back({.number = number,
                .kind = AlertKind::MemoryFull,
                .device = {"GPU_9"},
                .raisedAt = rig.time->wallTime(),
                .recoveredAt = rig.time->wallTime(),
                .acknowledgedAt = rig.time->wallTime()});
        }
        NullLog log;
        VERIFY_RESULT(HistoryStore(rig.dataFolder, *rig.time, log).write(batch));
    }
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("one")));
    const auto raised =
        rig.waitUntil([](const MonitorSnapshot& seen) { return hasAlert(seen, AlertKind::MemoryFull, true); });
    QVERIFY(raised);
    const auto numbersOf = [&](const Json& request) {
        std::vector<std::uint64_t> numbers;
        const auto answer = rig.call("monitor.get_alerts", request);
        if (!answer)
            return numbers;
        for (const Json& alert : answer->at("alerts"))
            numbers.push_back(alert.at("alert_id").get<std::uint64_t>());
        return numbers;
    };
    using Numbers = std::vector<std::uint64_t>;
    const std::uint64_t active = raised->alerts.front().number;
    QVERIFY(numbersOf({{"limit", 3}}) == (Numbers{active, 5, 4}));
    QVERIFY(numbersOf({{"limit", 3}, {"before_alert_id", 4}}) == (Numbers{3, 2, 1}));
    QVERIFY(numbersOf({{"limit", 2}, {"before_alert_id", active}}) == (Numbers{5, 4}));
    QVERIFY(numbersOf({{"limit", 2}, {"before_alert_id", active + 1}}) == (Numbers{active, 5}));
    QVERIFY(numbersOf({{"before_alert_id", 1}}).empty());
}

void TestEngineMonitor::saysWhyThereIsNoHistory()
{
    MonitorRig rig;
    rig.folder.write("data", "a file where the folder should be");
    VERIFY_RESULT(rig.scan());
    rig.write("one", kMiB * 4);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("one"))); // nothing else suffers
    const auto history = rig.call("monitor.get_metric_history", {{"metrics", {"memory_free"}}});
    QVERIFY(!history);
    const auto seen = rig.waitUntil([](const MonitorSnapshot& now) { return now.historyProblem.has_value(); });
    QVERIFY(seen);
    QVERIFY(seen->samplesDropped > 0);
}

void TestEngineMonitor::refusesWhatThereIsNot()
{
    MonitorRig rig;
    VERIFY_ERROR(rig.call("monitor.post_alert_acknowledge", {{"alert_id", 7}}), ErrorCode::AlertNotFound);
    VERIFY_ERROR(rig.call("monitor.get_metric_history", {{"metrics", {"memory_free"}}, {"device_id", "GPU_7"}}),
        ErrorCode::DeviceNotFound);
    VERIFY_ERROR(rig.call("monitor.get_metric_history", {{"metrics", {"no such metric"}}}), ErrorCode::InvalidValue);
    VERIFY_ERROR(rig.call("worker.collect_performance_metrics", {{"device_id", "GPU_7"}}), ErrorCode::DeviceNotFound);
    // As far as the clock can count, and no further.
    VERIFY_RESULT(rig.call("monitor.get_metric_history", {{"end_time", 9'000'000'000}}));
    VERIFY_ERROR(rig.call("monitor.get_metric_history", {{"end_time", 9'000'000'001}}), ErrorCode::InvalidValue);
}

QTEST_APPLESS_MAIN(TestEngineMonitor)
#include "test_engine_monitor.moc"
