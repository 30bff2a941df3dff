// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/metrics/open_metrics.h"

#include "model_engine/core/utf8.h"
#include "model_engine/server/metrics/memory_metrics.h"
#include "tests/model_engine/server/metrics/open_metrics_parser.h"
#include "tests/model_engine/server/sample_snapshot.h"

#include <QFile>
#include <QTest>

#include <set>

using namespace weightroom::engine;
using namespace weightroom::test;

class TestOpenMetrics : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void writesWhatItWrote();
    void hasAllFamilies();
    void isOpenMetrics_data();
    void isOpenMetrics();
    void hasNoLineForWhatIsUnknown();
    void hasNoLineForWhatASleepingGpuDoesNotTell();
    void hasNoLineForWhatOthersHaveWhereNobodyTells();
    void addsUp();
    void keepsHostileNamesApartFromItsOwnLines();
    void addsUpWhatLooksTheSame();
    void bindsHowManyLinesThereAre();
    void beginsCountersAtZero();
    void tellsOfAlertsThatAreActive();
    void tellsWhatIsWrongWithADevice();
};

namespace {

/// Without the version, which changes.
std::string withoutVersion(std::string text)
{
    const auto from = text.find("version=\"") + 9;
    return text.replace(from, text.find('"', from) - from, "VERSION");
}

ParsedMetrics parsed(const MonitorSnapshot& snapshot) { return parseMetrics(openMetricsText(snapshot)); }

LedgerEntry component(std::string model, std::string id, Bytes size)
{
    return {.owner = LedgerOwner::Component, .size = size, .model = {std::move(model)}, .component = {std::move(id)}};
}

/// A GPU that has these, and nothing free.
MonitorSnapshot snapshotWith(std::vector<LedgerEntry> entries)
{
    WatchedDevice gpu = fullGpu();
    gpu.ledger = {.total = {}, .entries = std::move(entries)};
    for (const LedgerEntry& entry : gpu.ledger.entries)
        gpu.ledger.total += entry.size;
    MonitorSnapshot snapshot;
    snapshot.devices = {std::move(gpu)};
    return snapshot;
}

std::string hostileName() { return std::string{"a\"} 1\n# EOF\n\\n\xFF\0 b", 18}; }

} // namespace

/// To write what it writes now: WEIGHTROOM_WRITE_METRICS=1 test_open_metrics writesWhatItWrote
void TestOpenMetrics::writesWhatItWrote()
{
    QFile file(QStringLiteral(WEIGHTROOM_TEST_DATA_DIR "/metrics/full.txt"));
    const std::string text = withoutVersion(openMetricsText(fullSnapshot()));
    if (qEnvironmentVariableIsSet("WEIGHTROOM_WRITE_METRICS")) {
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(QByteArray::fromStdString(text));
        return;
    }
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QByteArray> expected = file.readAll().split('\n');
    const QList<QByteArray> found = QByteArray::fromStdString(text).split('\n');
    for (qsizetype i = 0; i < std::min(expected.size(), found.size()); ++i)
        QCOMPARE(found[i], expected[i]);
    QCOMPARE(found.size(), expected.size());
}

void TestOpenMetrics::hasAllFamilies()
{
    const ParsedMetrics metrics = parsed(fullSnapshot());
    QVERIFY2(metrics.wrong.empty(), metrics.wrong.c_str());
    const std::vector<MetricFamily> families = openMetricsFamilies();
    QCOMPARE(metrics.families.size(), families.size());
    for (std::size_t i = 0; i < families.size(); ++i) {
        QCOMPARE(metrics.families[i].name, std::string{families[i].name});
        QVERIFY(metrics.families[i].name.starts_with("weightroom_"));
        QVERIFY2(!metrics.families[i].help.empty(), metrics.families[i].name.c_str());
    }
    std::set<std::string> units;
    for (const ParsedFamily& family : metrics.families)
        units.insert(family.unit);
    const std::set<std::string> base{"", "bytes", "bytes_per_second", "celsius", "hertz", "ratio", "seconds", "watts"};
    QVERIFY(units == base);
}

void TestOpenMetrics::isOpenMetrics_data()
{
    QTest::addColumn<QByteArray>("text");
    const auto row = [](const char* name, const MonitorSnapshot& snapshot) {
        QTest::newRow(name) << QByteArray::fromStdString(openMetricsText(snapshot));
    };
    row("nothing", {});
    row("everything", fullSnapshot());
    MonitorSnapshot odd = fullSnapshot();
    odd.host.diskRead = -std::numeric_limits<double>::infinity();
    odd.devices[0].reading->power = std::numeric_limits<double>::quiet_NaN();
    odd.driverVersion = hostileName();
    odd.alerts.push_back(odd.alerts.front());
    row("odd", odd);
}

void TestOpenMetrics::isOpenMetrics()
{
    QFETCH(QByteArray, text);
    const ParsedMetrics metrics = parseMetrics(text.toStdString());
    QVERIFY2(metrics.wrong.empty(), metrics.wrong.c_str());
    // What the reader would not have noticed at another place of the text, it notices here.
    QVERIFY(!parseMetrics(text.toStdString() + "x 1\n").wrong.empty());
    QVERIFY(!parseMetrics(text.chopped(6).toStdString()).wrong.empty());
}

void TestOpenMetrics::hasNoLineForWhatIsUnknown()
{
    MonitorSnapshot snapshot;
    snapshot.devices = {hostDevice()};
    const ParsedMetrics metrics = parsed(snapshot);
    std::set<std::string> known;
    for (const ParsedFamily& family : metrics.families)
        known.insert(family.name.substr(std::string_view{"weightroom_"}.size()));
    const std::set<std::string> expected{"build", "snapshot_timestamp_seconds", "history_up", "history_dropped_samples",
        "device", "device_up", "device_memory_size_bytes", "device_memory_bytes", "loads", "load_seconds", "load_bytes",
        "cache_hits", "cache_misses", "cache_evictions", "cache_memory_size_bytes", "cache_memory_bytes"};
    QVERIFY(known == expected);
    // What others have there is not known; that the engine has nothing is.
    QCOMPARE(metrics.count("weightroom_device_memory_bytes", {{"owner", "process"}}), 0U);
    QCOMPARE(metrics.count("weightroom_device_memory_bytes", {{"owner", "context"}}), 0U);
    QCOMPARE(metrics.count("weightroom_device_memory_bytes", {{"owner", "component"}}), 1U);
    // Its labels too: a host device has no driver.
    const ParsedFamily* device = metrics.find("weightroom_device");
    const std::map<std::string, std::string> labels{
        {"device", "HOST_0"}, {"name", "Host memory (RAM, not a GPU)"}, {"kind", "host"}};
    QVERIFY(device && device->samples.at(0).labels == labels);
    MonitorSnapshot withoutHistory;
    withoutHistory.historyProblem = Error{ErrorCode::DiskFull, ""};
    QCOMPARE(parsed(withoutHistory).sum("weightroom_history_up"), 0.0);
    QCOMPARE(metrics.sum("weightroom_history_up"), 1.0);
}

void TestOpenMetrics::hasNoLineForWhatASleepingGpuDoesNotTell()
{
    MonitorSnapshot snapshot = fullSnapshot();
    snapshot.devices[0].wakefulness = GpuWakefulness::Asleep;
    snapshot.devices[0].reading.reset();
    const ParsedMetrics metrics = parsed(snapshot);
    QCOMPARE(metrics.sum("weightroom_gpu_awake", {{"device", "GPU_0"}}), 0.0);
    QCOMPARE(metrics.count("weightroom_gpu_awake", {{"device", "GPU_0"}}), 1U);
    for (const ParsedFamily& family : metrics.families)
        QVERIFY2(
            !family.name.starts_with("weightroom_gpu_") || family.name == "weightroom_gpu_awake", family.name.c_str());
    // One that answers and knows nothing else.
    snapshot.devices[0].reading = GpuReading{};
    QVERIFY(!parsed(snapshot).find("weightroom_gpu_clock_limited"));
    snapshot.devices[0].reading->clockLimits.emplace();
    QCOMPARE(parsed(snapshot).count("weightroom_gpu_clock_limited"), 9U);
    QCOMPARE(parsed(snapshot).sum("weightroom_gpu_clock_limited"), 0.0);
}

void TestOpenMetrics::hasNoLineForWhatOthersHaveWhereNobodyTells()
{
    const ParsedMetrics metrics = parsed(fullSnapshot());
    const std::map<std::string, std::string> lost{{"device", "GPU_1"}};
    QCOMPARE(metrics.count("weightroom_device_memory_size_bytes", lost), 0U);
    for (const char* owner : {"free", "unattributed", "process"})
        QCOMPARE(metrics.count("weightroom_device_memory_bytes", {{"device", "GPU_1"}, {"owner", owner}}), 0U);
    QCOMPARE(metrics.count("weightroom_device_memory_bytes", {{"device", "GPU_1"}, {"owner", "component"}}), 1U);
    // A process of which the driver does not say what it has.
    QCOMPARE(metrics.count("weightroom_process_memory_bytes", {{"pid", "4712"}}), 1U);
    QCOMPARE(metrics.count("weightroom_process_memory_bytes", {{"pid", "4713"}}), 0U);
}

void TestOpenMetrics::addsUp()
{
    const MonitorSnapshot snapshot = fullSnapshot();
    const ParsedMetrics metrics = parsed(snapshot);
    for (const WatchedDevice& device : snapshot.devices) {
        const std::map<std::string, std::string> of{{"device", device.description.id.text}};
        const Bytes known = device.ledger.areOthersKnown ? device.ledger.total : Bytes{};
        QCOMPARE(metrics.sum("weightroom_device_memory_bytes", of), static_cast<double>(known.value));
        QCOMPARE(
            metrics.sum("weightroom_device_memory_size_bytes", of), metrics.sum("weightroom_device_memory_bytes", of));
        for (const auto& [family, owner] : {std::pair{"weightroom_component_memory_bytes", "component"},
                 std::pair{"weightroom_process_memory_bytes", "process"}}) {
            auto ofOwner = of;
            ofOwner.emplace("owner", owner);
            QCOMPARE(metrics.sum(family, of), metrics.sum("weightroom_device_memory_bytes", ofOwner));
        }
    }
    QCOMPARE(metrics.sum("weightroom_cache_memory_bytes"), metrics.sum("weightroom_cache_memory_size_bytes"));
}

void TestOpenMetrics::keepsHostileNamesApartFromItsOwnLines()
{
    const std::string name = hostileName();
    MonitorSnapshot snapshot = snapshotWith({component(name, name, Bytes{5}),
        {.owner = LedgerOwner::Process, .size = Bytes{3}, .processId = 9, .name = name, .reported = Bytes{3}}});
    snapshot.modelNames[{name}] = name;
    snapshot.devices[0].description.name = name;
    const ParsedMetrics metrics = parsed(snapshot);
    QVERIFY2(metrics.wrong.empty(), metrics.wrong.c_str());
    const std::string shown = "a\"} 1\n# EOF\n\\n\xEF\xBF\xBD\xEF\xBF\xBD b";
    QCOMPARE(metrics.sum("weightroom_component_memory_bytes",
                 {{"device", "GPU_0"}, {"model", shown}, {"model_name", shown}, {"component", shown}}),
        5.0);
    QCOMPARE(metrics.sum("weightroom_process_memory_bytes", {{"pid", "9"}, {"process", shown}}), 3.0);
    QCOMPARE(metrics.count("weightroom_device", {{"name", shown}}), 1U);
}

void TestOpenMetrics::addsUpWhatLooksTheSame()
{
    const ParsedMetrics metrics =
        parsed(snapshotWith({component("m\xFF", "unet", Bytes{5}), component("m\xFE", "unet", Bytes{6})}));
    QVERIFY2(metrics.wrong.empty(), metrics.wrong.c_str());
    QCOMPARE(metrics.sum("weightroom_component_memory_bytes", {{"model", "m\xEF\xBF\xBD"}}), 11.0);
}

void TestOpenMetrics::bindsHowManyLinesThereAre()
{
    std::vector<LedgerEntry> entries;
    for (std::uint64_t i = 1; i <= kMostMemoryLines + 3; ++i) {
        entries.push_back(component("m" + std::to_string(i), "unet", Bytes{i}));
        entries.push_back({.owner = LedgerOwner::Process,
            .size = Bytes{i},
            .processId = static_cast<std::int64_t>(i),
            .name = "other",
            .reported = Bytes{i}});
    }
    const ParsedMetrics metrics = parsed(snapshotWith(std::move(entries)));
    QVERIFY2(metrics.wrong.empty(), metrics.wrong.c_str());
    for (const auto& [family, owner, name] : {std::tuple{"weightroom_component_memory_bytes", "component", "component"},
             std::tuple{"weightroom_process_memory_bytes", "process", "process"}}) {
        QCOMPARE(metrics.count(family), kMostMemoryLines + 1);
        QCOMPARE(metrics.sum(family), metrics.sum("weightroom_device_memory_bytes", {{"owner", owner}}));
        // The smallest three went together.
        const std::vector<ParsedSample>& samples = metrics.find(family)->samples;
        const std::map<std::string, std::string> other{{"device", "GPU_0"}, {name, "other"}};
        const auto rest = std::ranges::find(samples, other, &ParsedSample::labels);
        QVERIFY(rest != samples.end());
        QCOMPARE(rest->value, 6.0);
    }
    QCOMPARE(metrics.count("weightroom_component_memory_bytes", {{"model", "m4"}}), 1U);
    QCOMPARE(metrics.count("weightroom_component_memory_bytes", {{"model", "m3"}}), 0U);
}

void TestOpenMetrics::beginsCountersAtZero()
{
    const ParsedMetrics metrics = parsed(fullSnapshot());
    QCOMPARE(metrics.sum("weightroom_loads", {{"device", "GPU_0"}, {"result", "failed"}}), 2.0);
    QCOMPARE(metrics.sum("weightroom_load_seconds", {{"device", "GPU_0"}}), 45.5);
    for (const char* device : {"GPU_1", "HOST_0"}) {
        QCOMPARE(metrics.count("weightroom_loads", {{"device", device}}), 3U);
        QCOMPARE(metrics.sum("weightroom_loads", {{"device", device}}), 0.0);
        QCOMPARE(metrics.count("weightroom_load_bytes", {{"device", device}}), 1U);
    }
    // Into the cache only: of no device.
    const ParsedFamily* bytes = metrics.find("weightroom_load_bytes");
    QVERIFY(bytes && std::ranges::any_of(bytes->samples, [](const auto& one) { return one.labels.empty(); }));
}

void TestOpenMetrics::tellsOfAlertsThatAreActive()
{
    const ParsedMetrics metrics = parsed(fullSnapshot());
    QCOMPARE(metrics.count("weightroom_alert_active"), 2U);
    QCOMPARE(
        metrics.sum("weightroom_alert_active", {{"device", "GPU_0"}, {"kind", "memory_full"}, {"severity", "warning"}}),
        1.0);
    QCOMPARE(metrics.count("weightroom_alert_active", {{"kind", "failing_loads"}, {"severity", "error"}}), 1U);
}

void TestOpenMetrics::tellsWhatIsWrongWithADevice()
{
    MonitorSnapshot snapshot = fullSnapshot();
    const ParsedMetrics lost = parsed(snapshot);
    QCOMPARE(lost.sum("weightroom_device_up"), 2.0);
    QCOMPARE(lost.sum("weightroom_device_up", {{"device", "GPU_1"}}), 0.0);
    QCOMPARE(lost.count("weightroom_device_problem", {{"device", "GPU_1"}, {"code", "device_lost"}}), 1U);
    snapshot.devices[1].problem->code = ErrorCode::DeviceError; // still usable
    const ParsedMetrics unread = parsed(snapshot);
    QCOMPARE(unread.sum("weightroom_device_up"), 3.0);
    QCOMPARE(unread.count("weightroom_device_problem", {{"code", "device_error"}}), 1U);
}

QTEST_APPLESS_MAIN(TestOpenMetrics)
#include "test_open_metrics.moc"
