// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/monitor_conversion.h"
#include "ui/bridge/text/units.h"

#include <QLocale>
#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;

namespace {

constexpr engine::Clock::Wall kNow{std::chrono::milliseconds{1'767'225'600'250}};

engine::MonitorSnapshot someSnapshot()
{
    engine::MonitorSnapshot snapshot;
    snapshot.at = kNow;
    engine::WatchedDevice gpu;
    gpu.description.id = engine::DeviceId{"GPU_0"};
    gpu.description.kind = engine::DeviceKind::Cuda;
    gpu.description.name = "A <b>GPU</b>";
    gpu.description.capacity = engine::kMiB * 900;
    gpu.ledger = {.total = engine::kGiB,
        .entries = {
            {.owner = engine::LedgerOwner::Component,
                .size = engine::kMiB * 100,
                .model = engine::ModelId{"m"},
                .component = engine::ComponentId{"unet"}},
            {.owner = engine::LedgerOwner::Component,
                .size = engine::kMiB,
                .model = engine::ModelId{"gone"},
                .component = engine::ComponentId{"vae"}},
            {.owner = engine::LedgerOwner::Process,
                .size = engine::kMiB * 50,
                .processId = 42,
                .name = "bl\x1b[31mender",
                .reported = engine::kMiB * 60,
                .work = engine::GpuWork::Graphics},
            {.owner = engine::LedgerOwner::Unattributed, .size = {}},
            {.owner = engine::LedgerOwner::Free, .size = engine::kGiB - engine::kMiB * 151},
        }};
    gpu.reading.emplace().temperature = 50;
    snapshot.devices.push_back(gpu);
    snapshot.cache = {.total = engine::kGiB * 2, .entries = {}};
    snapshot.lastEarlierAlert = 7;
    snapshot.host.group.memory = engine::kGiB * 3;
    snapshot.modelNames = {{engine::ModelId{"m"}, "a model"}};
    snapshot.samples = {{{engine::Metric::Temperature, engine::DeviceId{"GPU_0"}}, kNow, 50.0},
        {{engine::Metric::RamUsed, {}}, kNow, 7.0}};
    return snapshot;
}

engine::Alert someAlert(engine::AlertKind kind)
{
    return {.number = 3,
        .kind = kind,
        .device = engine::DeviceId{"GPU_0"},
        .threshold = kind == engine::AlertKind::SlowLoads ? 30 : 0.9,
        .value = kind == engine::AlertKind::SlowLoads ? 31 : 0.91,
        .worst = kind == engine::AlertKind::SlowLoads ? 45 : 0.955,
        .raisedAt = kNow};
}

engine::Json tensorJson(const std::string& model, const char* component, const char* name)
{
    return {{"model_id", model}, {"model_name", "name of " + model}, {"component_id", component}, {"name", name},
        {"dtype", "fp16"}, {"shape", {320, 4}}};
}

} // namespace

class TestMonitorConversion : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void showsWhatWasSeen();
    void saysWhyAGpuCouldNotBeRead();
    void saysHowOldAReadingIs();
    void hasASentenceForEachAlert();
    void roundsPercent();
    void readsPerformance();
    void readsAHistory();
    void readsAlerts();
    void readsTensorsOfOneComponent();
    void readsWhatIsShared();
};

void TestMonitorConversion::showsWhatWasSeen()
{
    const MonitorView view = monitorView(someSnapshot());
    QCOMPARE(view.at, 1'767'225'600'250);
    QCOMPARE(view.memories.size(), 2);
    const WatchedMemory* gpu = view.find(QStringLiteral("GPU_0"));
    QVERIFY(gpu != nullptr);
    QCOMPARE(gpu->place, MemoryPlace::Gpu);
    QCOMPARE(gpu->total, engine::kGiB.value);
    QCOMPARE(gpu->capacity, (engine::kMiB * 900).value);
    QCOMPARE(gpu->ledger[2].work, ProcessWork::Graphics);
    QCOMPARE(gpu->ledger[0].modelName, QStringLiteral("a model"));
    QCOMPARE(gpu->ledger[1].modelName, QStringLiteral("gone")); // its id, where there is no name any more
    QVERIFY(!gpu->ledger[2].processName.contains(QChar(0x1b)));
    QCOMPARE(gpu->ledger[2].reported, std::optional<quint64>((engine::kMiB * 60).value));
    QCOMPARE(gpu->bytesOf(LedgerKind::Component), (engine::kMiB * 101).value);
    QVERIFY(!gpu->figures.isEmpty());
    QCOMPARE(view.memories.last().place, MemoryPlace::Cache);
    QCOMPARE(view.find(QStringLiteral("CACHE")), &view.memories.last());
    QVERIFY(view.find(QStringLiteral("GPU_7")) == nullptr);
    QCOMPARE(view.samples.value({QStringLiteral("temperature"), QStringLiteral("GPU_0")}), 50.0);
    QCOMPARE(view.samples.value({QStringLiteral("ram_used"), QString()}), 7.0);
    QCOMPARE(view.lastEarlierAlert, 7U);
    QVERIFY(!view.group.isEmpty());
}

void TestMonitorConversion::saysWhyAGpuCouldNotBeRead()
{
    engine::MonitorSnapshot snapshot = someSnapshot();
    snapshot.devices.front().reading.reset();
    snapshot.devices.front().problem = engine::Error{engine::ErrorCode::DeviceLost, "NVML has lost the GPU"};
    snapshot.historyProblem = engine::Error{engine::ErrorCode::DiskFull, "no space"};
    MonitorView view = monitorView(snapshot);
    QVERIFY(!view.memories.first().problem.isEmpty());
    QVERIFY(view.memories.first().figures.isEmpty());
    QVERIFY(!view.historyProblem.isEmpty());
    snapshot.devices.front().problem.reset();
    snapshot.devices.front().wakefulness = engine::GpuWakefulness::Asleep;
    view = monitorView(snapshot);
    QVERIFY(view.memories.first().isAsleep);
}

void TestMonitorConversion::saysHowOldAReadingIs()
{
    engine::MonitorSnapshot snapshot = someSnapshot();
    engine::WatchedDevice& gpu = snapshot.devices.front();
    gpu.readAt = kNow;
    QVERIFY(!monitorView(snapshot).memories.first().age);
    QVERIFY(monitorView(snapshot).resting.isEmpty());
    gpu.isKept = true;
    gpu.readAt = kNow - std::chrono::milliseconds{19'800};
    snapshot.keptSamples = {{{engine::Metric::Power, engine::DeviceId{"GPU_0"}}, *gpu.readAt, 9.0}};
    const MonitorView view = monitorView(snapshot);
    QCOMPARE(view.memories.first().age, std::optional(20));
    QVERIFY(!view.memories.last().age);
    QCOMPARE(view.resting, (QSet<SeriesId>{{QStringLiteral("power"), QStringLiteral("GPU_0")}}));
    QVERIFY(!view.samples.contains({QStringLiteral("power"), QStringLiteral("GPU_0")}));
    gpu.readAt = kNow + std::chrono::hours{1}; // the clock was set back
    QCOMPARE(monitorView(snapshot).memories.first().age, std::optional(0));
}

void TestMonitorConversion::hasASentenceForEachAlert()
{
    const AlertView memory = alertView(someAlert(engine::AlertKind::MemoryFull));
    QCOMPARE(memory.title, QStringLiteral("GPU_0: memory is nearly full"));
    QVERIFY(memory.sentence.startsWith(
        percentText(96) + QStringLiteral(" of its memory was in use; the limit is ") + percentText(90)));
    QCOMPARE(memory.level, AlertLevel::Warning);
    QVERIFY(memory.isActive && !memory.isAcknowledged && !memory.recoveredAt);
    const AlertView slow = alertView(someAlert(engine::AlertKind::SlowLoads));
    QVERIFY2(slow.sentence.startsWith(QStringLiteral("Loads took 45 s on average")), qPrintable(slow.sentence));
    QCOMPARE(slow.level, AlertLevel::Info);
    const AlertView failing = alertView(someAlert(engine::AlertKind::FailingLoads));
    QVERIFY(failing.sentence.startsWith(percentText(96) + QStringLiteral(" of the loads")));
    QCOMPARE(failing.level, AlertLevel::Error);
}

/// 0.29 × 100 is a little less than 29.
void TestMonitorConversion::roundsPercent()
{
    for (const int percent : {1, 5, 28, 29, 57, 58, 90, 100}) {
        engine::Alert alert = someAlert(engine::AlertKind::MemoryFull);
        alert.threshold = percent / 100.0;
        const QString sentence = alertView(alert).sentence;
        QVERIFY2(sentence.contains(QStringLiteral("the limit is ") + percentText(percent)), qPrintable(sentence));
    }
}

void TestMonitorConversion::readsPerformance()
{
    const auto loads = [](int succeeded, int failed, const engine::Json& seconds) {
        return engine::Json{{"succeeded", succeeded}, {"failed", failed}, {"cancelled", 4}, {"mean_seconds", seconds},
            {"median_seconds", seconds}, {"p95_seconds", seconds}, {"longest_seconds", seconds},
            {"bytes_per_second", seconds}, {"failed_fraction", nullptr}};
    };
    const engine::Json answer{{"devices",
                                  {{{"device_id", "GPU_0"}, {"loads", loads(3, 1, 2.5)}},
                                      {{"device_id", "HOST_0"}, {"loads", loads(0, 0, nullptr)}}}},
        {"machine", {{"cache_hit_rate", 0.25}}}};
    const PerformanceView view = performanceView(answer);
    QCOMPARE(view.devices.size(), 2);
    QCOMPARE(view.devices[0],
        (LoadFiguresView{.deviceId = QStringLiteral("GPU_0"),
            .succeeded = 3,
            .failed = 1,
            .meanSeconds = 2.5,
            .medianSeconds = 2.5,
            .p95Seconds = 2.5,
            .bytesPerSecond = 2.5}));
    LoadFiguresView nothing;
    nothing.deviceId = QStringLiteral("HOST_0");
    QCOMPARE(view.devices[1], nothing); // unknown is not zero
    QCOMPARE(view.cacheHitRate, std::optional(0.25));
}

void TestMonitorConversion::readsAHistory()
{
    const engine::Json answer{{"series",
        {{{"metric", "power"}, {"device_id", "GPU_0"}, {"step_seconds", 60}, {"times", {60.0, 120.0}},
             {"minimum", {1.0, 2.0}}, {"mean", {1.5, 2.5}}, {"maximum", {2.0, 3.0}}, {"counts", {60, 5}}},
            {{"metric", "ram_used"}, {"device_id", nullptr}, {"step_seconds", 1}, {"times", engine::Json::array()},
                {"minimum", engine::Json::array()}, {"mean", engine::Json::array()}, {"maximum", engine::Json::array()},
                {"counts", engine::Json::array()}}}}};
    HistoryRequest request;
    request.from = 7;
    const HistoryView view = historyView(request, answer);
    QCOMPARE(view.request.from, 7);
    const HistorySeries power = view.series.value({QStringLiteral("power"), QStringLiteral("GPU_0")});
    QCOMPARE(power.step, 60'000);
    QCOMPARE(power.points.size(), 2);
    QCOMPARE(power.points[1], (TimePoint{.at = 120'000, .minimum = 2.0, .mean = 2.5, .maximum = 3.0, .weight = 5}));
    const HistorySeries ram = view.series.value({QStringLiteral("ram_used"), QString()});
    QVERIFY(ram.points.isEmpty());
    QCOMPARE(ram.step, 0); // whatever the engine says of a series without points
    QVERIFY(historyView(request, {{"series", engine::Json::array()}}).series.isEmpty());
}

void TestMonitorConversion::readsAlerts()
{
    const engine::Json answer{{"alerts",
        {{{"alert_id", 9}, {"kind", "slow_loads"}, {"device_id", "HOST_0"}, {"threshold", 30.0}, {"value", 31.0},
            {"worst", 45.0}, {"raised_at", "2026-01-01T00:00:00.250Z"}, {"recovered_at", "2026-01-01T00:01:00.000Z"},
            {"acknowledged_at", nullptr}}}}};
    const QList<AlertView> alerts = alertViews(answer);
    QCOMPARE(alerts.size(), 1);
    QCOMPARE(alerts.first().number, 9U);
    QVERIFY(!alerts.first().isActive && !alerts.first().isAcknowledged);
    QCOMPARE(alerts.first().raisedAt.toMSecsSinceEpoch(), 1'767'225'600'250);
    QCOMPARE(alerts.first().recoveredAt->toMSecsSinceEpoch(), 1'767'225'660'000);
    QCOMPARE(alerts.first().title, QStringLiteral("HOST_0: loads are slow"));
}

void TestMonitorConversion::readsTensorsOfOneComponent()
{
    const engine::Json answer{{"device_id", "GPU_0"},
        {"contents",
            {{{"size_bytes", 2560}, {"is_shared", false}, {"tensors", {tensorJson("m", "unet", "one")}}},
                {{"size_bytes", 10}, {"is_shared", false},
                    {"tensors", {tensorJson("m", "unet", "two\n"), tensorJson("m", "unet", "three")}}}}}};
    const TensorsView view = tensorsView({.memoryId = QStringLiteral("GPU_0"),
                                             .modelId = QStringLiteral("m"),
                                             .componentId = QStringLiteral("unet"),
                                             .tensors = {}},
        answer);
    QCOMPARE(view.memoryId, QStringLiteral("GPU_0"));
    QCOMPARE(view.modelId, QStringLiteral("m"));
    QCOMPARE(view.tensors.size(), 2);
    QCOMPARE(view.tensors[0].type, QStringLiteral("fp16 [320, 4]"));
    QCOMPARE(view.tensors[0].bytes, 2560U);
    QVERIFY(view.tensors[0].otherNames.isEmpty() && view.tensors[0].holders.isEmpty());
    QVERIFY(!view.tensors[1].name.contains(QLatin1Char('\n')));
    QCOMPARE(view.tensors[1].otherNames, QStringList{QStringLiteral("three")});
}

void TestMonitorConversion::readsWhatIsShared()
{
    engine::Json unnamed = tensorJson("gone", "vae", "three");
    unnamed["model_name"] = nullptr;
    engine::Json namesake = tensorJson("m2", "vae", "one");
    namesake["model_name"] = "name of m";
    const engine::Json answer{{"device_id", "cache"},
        {"contents",
            {{{"size_bytes", 10}, {"is_shared", true},
                {"tensors", {tensorJson("m", "vae", "one"), tensorJson("m", "vae", "two"), unnamed, namesake}}}}}};
    const TensorsView view =
        tensorsView({.memoryId = QStringLiteral("CACHE"), .modelId = {}, .componentId = {}, .tensors = {}}, answer);
    QCOMPARE(view.tensors.size(), 1);
    QCOMPARE(view.tensors[0].holders,
        (QStringList{QStringLiteral("name of m: vae"), QStringLiteral("gone: vae"), QStringLiteral("name of m: vae")}));
    QVERIFY(view.tensors[0].otherNames.isEmpty());
}

QTEST_APPLESS_MAIN(TestMonitorConversion)
#include "test_monitor_conversion.moc"
