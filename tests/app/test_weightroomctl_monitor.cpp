// SPDX-License-Identifier: GPL-3.0-or-later
//
// `weightroomctl monitor`: as a process, and its tables of answers that no machine here gives.
#include "app/weightroomctl/output/monitor_output.h"
#include "model_engine/monitor/history/history_store.h"
#include "tests/app/ctl_rig.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/verify_result.h"

#include <QJsonArray>
#include <QTest>

#include <sstream>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr std::uint64_t kGib = 1024UL * 1024 * 1024;

Json entry(const char* owner, std::uint64_t gib) { return {{"owner", owner}, {"size_bytes", gib * kGib}}; }

Json memory(std::uint64_t gib, Json entries)
{
    return {{"total_bytes", gib * kGib}, {"others_known", true}, {"entries", std::move(entries)}};
}

Json gpu(Json reading)
{
    return {{"device_id", "GPU_0"}, {"name", "H100"}, {"wakefulness", "awake"}, {"reading", std::move(reading)},
        {"reading_taken_at", nullptr}, {"problem", nullptr},
        {"memory",
            memory(80,
                {entry("component", 10), entry("component", 5), entry("shared", 4), entry("loading", 3),
                    entry("overhead", 2), entry("ready", 1), entry("context", 1), entry("process", 8),
                    entry("reserved", 2), entry("unattributed", 4), entry("free", 40)})}};
}

/// That tells nothing.
Json noGroup()
{
    return {{"memory_bytes", nullptr}, {"memory_limit_bytes", nullptr}, {"disk_read_bytes_per_second", nullptr},
        {"disk_written_bytes_per_second", nullptr}, {"memory_stall_fraction", nullptr}};
}

Json monitorOf(Json device)
{
    return {{"taken_at", "2026-01-01T00:00:20.000Z"}, {"host", {{"control_group", noGroup()}}},
        {"devices", {std::move(device)}}, {"cache", {{"memory", memory(8, {entry("free", 8)})}}},
        {"loads", Json::array()}, {"alerts", Json::array()}, {"history_problem", nullptr}};
}

/// The words of each line that is printed, with one space between them.
QStringList linesOf(const Json& answer)
{
    std::ostringstream out;
    weightroom::ctl::printMonitor(answer, out, {});
    QStringList lines;
    for (const QString& line : QString::fromStdString(out.str()).split(QChar(u'\n'), Qt::SkipEmptyParts))
        lines.append(line.simplified());
    return lines;
}

} // namespace

class TestWeightroomctlMonitor : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void showsTheDevices();
    void answersInJson();
    void tellsOfAlertsThatAreActive();
    void printsWhatAGpuSays();
    void printsNothingForWhatIsNotReported();
    void printsNothingOfOthersWhereTheyAreNotKnown();
    void printsWhyThereIsNoReading();
    void printsHowOldAReadingIs();
    void printsTheControlGroup();
    void printsLoadsAndAlerts();
    void printsNamesEscaped();

private:
    const CtlRig m_rig;
};

void TestWeightroomctlMonitor::showsTheDevices()
{
    const CtlRun result = m_rig.run({QStringLiteral("monitor")});
    QVERIFY2(result.status == 0, result.error);
    const QString text = QString::fromUtf8(result.out).simplified();
    QVERIFY2(text.contains(QStringLiteral(" HOST_0 ")), result.out);
    QVERIFY2(text.contains(QStringLiteral(" 0 B 0 B 0 B 1.00 GiB 1.00 GiB - - - cache RAM cache 0 B 0 B 0 B 1.00 GiB "
                                          "1.00 GiB - - - ")),
        result.out);
    QVERIFY2(text.endsWith(QStringLiteral("no active alerts")), result.out);
}

void TestWeightroomctlMonitor::answersInJson()
{
    const CtlRun result = m_rig.run({QStringLiteral("--json"), QStringLiteral("monitor")});
    QVERIFY2(result.status == 0, result.error);
    QCOMPARE(result.out.count('\n'), 1);
    const QJsonObject answer = result.answer();
    QCOMPARE(answer[QStringLiteral("devices")][0][QStringLiteral("device_id")].toString(), QStringLiteral("HOST_0"));
    QVERIFY(answer[QStringLiteral("alerts")].isArray());
    QVERIFY(answer[QStringLiteral("history_problem")].isNull());
}

void TestWeightroomctlMonitor::tellsOfAlertsThatAreActive()
{
    const CtlRig rig;
    const ManualClock clock;
    RecordingLog log;
    Alert active{.number = 7,
        .kind = AlertKind::MemoryFull,
        .device = {"GPU_5"},
        .threshold = 0.9,
        .value = 0.91,
        .worst = 0.95,
        .raisedAt = clock.wallTime()};
    Alert over = active;
    over.number = 8;
    over.device = {"GPU_6"};
    over.recoveredAt = clock.wallTime();
    VERIFY_RESULT(
        HistoryStore(rig.folder / "data", clock, log).write({.samples = {}, .loads = {}, .alerts = {active, over}}));
    const CtlRun result = rig.run({QStringLiteral("monitor")});
    QVERIFY2(result.status == 0, result.error);
    QVERIFY2(result.out.contains("memory full") && result.out.contains("GPU_5"), result.out);
    QVERIFY2(!result.out.contains("GPU_6"), result.out);
}

void TestWeightroomctlMonitor::printsWhatAGpuSays()
{
    const QStringList lines =
        linesOf(monitorOf(gpu({{"busy_fraction", 0.874}, {"temperature_celsius", 61}, {"power_watts", 349.6}})));
    QCOMPARE(lines.value(0), QStringLiteral("DEVICE WHAT IT IS USED OURS OTHERS FREE ALL BUSY TEMPERATURE POWER"));
    QCOMPARE(lines.value(1),
        QStringLiteral("GPU_0 H100 39.00 GiB 25.00 GiB 14.00 GiB 41.00 GiB 80.00 GiB 87 % 61 °C 350 W"));
    QCOMPARE(lines.value(2), QStringLiteral("cache RAM cache 0 B 0 B 0 B 8.00 GiB 8.00 GiB - - -"));
    QCOMPARE(lines.value(3), QStringLiteral("no active alerts"));
}

void TestWeightroomctlMonitor::printsNothingForWhatIsNotReported()
{
    const QStringList some =
        linesOf(monitorOf(gpu({{"busy_fraction", nullptr}, {"temperature_celsius", 0}, {"power_watts", nullptr}})));
    QVERIFY2(some.value(1).endsWith(QStringLiteral("80.00 GiB - 0 °C -")), qPrintable(some.value(1)));
    Json asleep = gpu(nullptr);
    asleep["wakefulness"] = "asleep";
    const QStringList none = linesOf(monitorOf(asleep));
    QVERIFY2(none.value(1).startsWith(QStringLiteral("GPU_0 H100 (asleep) ")), qPrintable(none.value(1)));
    QVERIFY2(none.value(1).endsWith(QStringLiteral("80.00 GiB - - -")), qPrintable(none.value(1)));
}

void TestWeightroomctlMonitor::printsNothingOfOthersWhereTheyAreNotKnown()
{
    Json device = gpu(nullptr);
    device["wakefulness"] = "asleep";
    device["memory"] = memory(70, {entry("component", 10), entry("unattributed", 0), entry("free", 60)});
    device["memory"]["others_known"] = false;
    const QString line = linesOf(monitorOf(std::move(device)))[1];
    QVERIFY2(line.contains(QStringLiteral("H100 (asleep) - 10.00 GiB - - - -")), qPrintable(line));
}

void TestWeightroomctlMonitor::printsWhyThereIsNoReading()
{
    Json lost = gpu(nullptr);
    lost["problem"] = {{"message", "the GPU is lost"}};
    Json answer = monitorOf(lost);
    answer["history_problem"] = {{"message", "the disk is full"}};
    const QStringList lines = linesOf(answer);
    QCOMPARE(lines.value(3), QStringLiteral("GPU_0: the GPU is lost"));
    QCOMPARE(lines.value(5), QStringLiteral("history: the disk is full"));
}

void TestWeightroomctlMonitor::printsHowOldAReadingIs()
{
    Json device = gpu({{"busy_fraction", 0.0}, {"temperature_celsius", 31}, {"power_watts", 9.0}});
    device["reading_taken_at"] = "2026-01-01T00:00:19.900Z"; // this look
    QCOMPARE(linesOf(monitorOf(device)).value(3), QStringLiteral("no active alerts"));
    device["reading_taken_at"] = "2026-01-01T00:00:00.400Z";
    const QString line = linesOf(monitorOf(device)).value(3);
    QVERIFY2(line.startsWith(QStringLiteral("GPU_0: as of 20 s ago: ")), qPrintable(line));
}

void TestWeightroomctlMonitor::printsTheControlGroup()
{
    Json answer = monitorOf(gpu(nullptr));
    Json& group = answer["host"]["control_group"];
    group["memory_bytes"] = 3 * kGib;
    QCOMPARE(linesOf(answer).value(3), QStringLiteral("control group: memory 3.00 GiB"));
    group["memory_limit_bytes"] = 8 * kGib;
    group["disk_read_bytes_per_second"] = 2.0 * kGib;
    group["disk_written_bytes_per_second"] = 0.0;
    group["memory_stall_fraction"] = 0.126;
    QCOMPARE(linesOf(answer).value(3),
        QStringLiteral("control group: memory 3.00 GiB of 8.00 GiB, read 2.00 GiB/s, written 0 B/s, "
                       "waits for memory 13 %"));
}

void TestWeightroomctlMonitor::printsLoadsAndAlerts()
{
    Json answer = monitorOf(gpu(nullptr));
    answer["loads"] = {{{"device_id", "GPU_0"}, {"succeeded", 5}, {"failed", 1}, {"cancelled", 2}, {"seconds", 12.5},
        {"moved_bytes", 3 * kGib}}};
    const Json alert{{"alert_id", 1767225600000001}, {"kind", "slow_loads"}, {"severity", "info"},
        {"device_id", "GPU_0"}, {"threshold", 30.0}, {"worst", 41.5}, {"raised_at", "2026-01-01T00:00:00.000Z"},
        {"acknowledged_at", nullptr}};
    Json seen = alert;
    seen["kind"] = "memory_full";
    seen["threshold"] = 0.9;
    seen["worst"] = 0.954;
    seen["acknowledged_at"] = "2026-01-01T00:00:01.000Z";
    answer["alerts"] = {alert, seen};
    const QStringList lines = linesOf(answer);
    QCOMPARE(lines.value(3), QStringLiteral("LOADS TO DONE FAILED CANCELLED MOVED TIME"));
    QCOMPARE(lines.value(4), QStringLiteral("GPU_0 5 1 2 3.00 GiB 12.50 s"));
    QCOMPARE(lines.value(6),
        QStringLiteral("slow loads GPU_0 info 41.50 s 30.00 s 2026-01-01T00:00:00.000Z no 1767225600000001"));
    QCOMPARE(lines.value(7),
        QStringLiteral("memory full GPU_0 info 95 % 90 % 2026-01-01T00:00:00.000Z yes 1767225600000001"));
}

void TestWeightroomctlMonitor::printsNamesEscaped()
{
    Json device = gpu(nullptr);
    device["name"] = "evil\x1b[2J";
    device["problem"] = {{"message", "line\nforged"}};
    for (const QString& line : linesOf(monitorOf(device)))
        QVERIFY2(!line.contains(QChar(u'\x1b')) && !line.startsWith(QStringLiteral("forged")), qPrintable(line));
}

QTEST_GUILESS_MAIN(TestWeightroomctlMonitor)
#include "test_weightroomctl_monitor.moc"
