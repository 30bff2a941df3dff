// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/watch/host_reading.h"

#include "tests/model_engine/monitor/watch/host_kernel.h"

#include <QTest>

#include <string>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

class TestHostReading : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void hasNoRatesAtTheFirstLook();
    void hasExactRatesAfterwards();
    void hasNoRatesOfNoTime();
    void hasNoShareAboveAll();
    void leavesOutWhatIsBroken_data();
    void leavesOutWhatIsBroken();
    void makesUpNothingOfATruncatedFile_data();
    void makesUpNothingOfATruncatedFile();
    void leavesOutWhatGoesBackwards_data();
    void leavesOutWhatGoesBackwards();
    void readsTheUseOfAnyName_data();
    void readsTheUseOfAnyName();
    void doesWithoutAGroup_data();
    void doesWithoutAGroup();
    void beginsAnewInAnotherGroup();
    void respectsTheLimitOfAGroup();
    void readsThisMachine();
};

void TestHostReading::hasNoRatesAtTheFirstLook()
{
    Kernel kernel;
    COMPARE_FIELDS(kernel.read(), expectedWithout(kRates));
}

void TestHostReading::hasExactRatesAfterwards()
{
    Kernel kernel;
    kernel.read();
    kernel.write(secondLook());
    COMPARE_FIELDS(kernel.readLater(), kExpected);
    auto still = kExpected;
    for (const std::string& name : kRates)
        still[name] = 0;
    COMPARE_FIELDS(kernel.readLater(), still);
}

void TestHostReading::hasNoRatesOfNoTime()
{
    Kernel kernel;
    kernel.read();
    kernel.write(secondLook());
    COMPARE_FIELDS(kernel.read(), expectedWithout(kRates));
    COMPARE_FIELDS(kernel.readLater(-1s), expectedWithout(kRates));
}

void TestHostReading::hasNoShareAboveAll()
{
    Kernel kernel;
    kernel.read();
    kernel.write(secondLook());
    const auto fields = kernel.readLater(250ms); // in which the kernel has counted 500 ms
    QCOMPARE(fields.at("memoryStall"), 1.0);
    QCOMPARE(fields.at("ownProcessor"), 6.0); // of several threads
}

void TestHostReading::leavesOutWhatIsBroken_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<std::string>("content");
    QTest::addColumn<Names>("absent");
    const auto row = [](const char* name, const std::string& file, std::string content, Names absent) {
        QTest::newRow(name) << QString::fromStdString(file) << std::move(content) << std::move(absent);
    };
    const Names memory{"memoryTotal", "memoryAvailable", "swapTotal", "swapFree"};
    const Names disks{"diskRead", "diskWritten"};
    const Names groupDisks{"group.diskRead", "group.diskWritten"};
    row("no memory", "meminfo", "", memory);
    row("memory of zeros", "meminfo", std::string(100, '\0'), memory);
    row("no swap", "meminfo", "MemTotal: 1000 kB\nMemAvailable: 600 kB\n", {"swapTotal", "swapFree"});
    row("only swap", "meminfo", "SwapTotal: 500 kB\nSwapFree: 400 kB\n", {"memoryTotal", "memoryAvailable"});
    row("swap that is no number", "meminfo",
        "MemTotal: 1000 kB\nMemAvailable: 600 kB\nSwapTotal: much kB\nSwapFree: -1 kB\n", {"swapTotal", "swapFree"});
    row("swap of too many bytes", "meminfo",
        "MemTotal: 1000 kB\nMemAvailable: 600 kB\nSwapTotal: 500 kB\nSwapFree: 18014398509481984 kB\n", {"swapFree"});
    row("no pressure", "memory", "", {"memoryStall"});
    row("pressure of all only", "io", "full avg10=0.00 avg60=0.00 avg300=0.00 total=9000000\n", {"diskStall"});
    row("pressure that is no number", "cpu", "some avg10=0.00 total=x\n", {"processorStall"});
    row("pressure that is too large", "cpu", pressure(~0ULL), {"processorStall"});
    row("no disks", "diskstats", "", kDiskRates);
    row("disks of garbage", "diskstats", "\n\n \n?\n", kDiskRates);
    row("no fields", "diskstats", "253 0 dm-0\n254 0 vda\n254 1 vda1\n", disks);
    row("few fields", "diskstats", "253 0 dm-0\n254 0 vda 1 2 5096 4 5 6\n254 1 vda1\n", disks);
    row("reads that are no number", "diskstats", "253 0 dm-0\n254 0 vda 1 2 x 4 5 6 2004 8\n254 1 vda1\n", disks);
    row("writes that are no number", "diskstats", "253 0 dm-0\n254 0 vda 1 2 5096 4 5 6 -7 8\n254 1 vda1\n", disks);
    row("reads of too many bytes", "diskstats",
        "253 0 dm-0\n254 0 vda 1 2 36028797018963968 4 5 6 2004 8\n254 1 vda1\n", disks);
    row("no pages", "statm", "", {"ownMemory"});
    row("pages that are no number", "statm", "7000 x 40\n", {"ownMemory"});
    row("no use", "stat", "", {"ownProcessor"});
    row("use without a name", "stat", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n", {"ownProcessor"});
    row("use of few fields", "stat", "1 (a) R 1 2 3 4 5 6 7 8 9 10 11\n", {"ownProcessor"});
    row("use that is no number", "stat", "1 (a) R 1 2 3 4 5 6 7 8 9 10 1x 12 13\n", {"ownProcessor"});
    row("use that is too long", "stat", "1 (a) R 1 2 3 4 5 6 7 8 9 10 18446744073709551615 1 13\n", {"ownProcessor"});
    row("no group", "cgroup", "", kOfGroup);
    row("group of garbage", "cgroup", "???\n0:/\n", kOfGroup);
    row("no memory of the group", kGroup + "memory.current", "", {"group.memory"});
    row("memory of the group that is no number", kGroup + "memory.current", "a few\n", {"group.memory"});
    row("no limit", kGroup + "memory.max", "max\n", {"group.memoryLimit"});
    row("no pressure of the group", kGroup + "memory.pressure", "", {"group.memoryStall"});
    row("no disks of the group", kGroup + "io.stat", "", groupDisks);
    row("disks of the group that are no number", kGroup + "io.stat", "254:0 rbytes=x wbytes=8032\n", groupDisks);
    row("disks of the group without a value", kGroup + "io.stat", "254:0 rbytes=9000 wbytes\n", groupDisks);
    row("disks of the group that are too many", kGroup + "io.stat",
        "254:0 rbytes=9000 wbytes=18446744073709551615\n254:0 rbytes=1 wbytes=1\n", groupDisks);
}

void TestHostReading::leavesOutWhatIsBroken()
{
    QFETCH(const QString, file);
    QFETCH(const std::string, content);
    QFETCH(const Names, absent);
    Kernel kernel;
    kernel.read();
    kernel.write(secondLook());
    kernel.write(file.toStdString(), content);
    COMPARE_FIELDS(kernel.readLater(), expectedWithout(absent));
    if (content.empty()) { // as a file that is not there
        Kernel other;
        other.read();
        other.write(secondLook());
        std::filesystem::remove(other.folder / file.toStdString());
        COMPARE_FIELDS(other.readLater(), expectedWithout(absent));
    }
}

void TestHostReading::makesUpNothingOfATruncatedFile_data()
{
    QTest::addColumn<std::string>("file");
    QTest::addColumn<std::string>("before");
    QTest::addColumn<std::string>("after");
    Files before = firstLook();
    for (const auto& [path, after] : secondLook())
        QTest::newRow(path.c_str()) << path << before[path] << after;
}

void TestHostReading::makesUpNothingOfATruncatedFile()
{
    QFETCH(const std::string, file);
    QFETCH(const std::string, before);
    QFETCH(const std::string, after);
    Kernel kernel;
    const auto readWith = [&](const std::string& content) {
        HostReader reader{kernel.clock, kernel.files()};
        kernel.write(file, before);
        static_cast<void>(reader.read());
        kernel.clock.advance(2s);
        kernel.write(file, content);
        return fieldsOf(reader.read());
    };
    const auto whole = readWith(after);
    QCOMPARE(whole.size(), kExpected.size());
    for (std::size_t length = 0; length < after.size(); ++length) {
        for (const auto& [name, value] : readWith(after.substr(0, length)))
            QVERIFY2(value == whole.at(name), (name + " of " + std::to_string(length) + " bytes").c_str());
    }
}

void TestHostReading::leavesOutWhatGoesBackwards_data()
{
    QTest::addColumn<Files>("files");
    QTest::addColumn<Names>("absent");
    const auto row = [](const char* name, Files files, Names absent) {
        QTest::newRow(name) << std::move(files) << std::move(absent);
    };
    row("memory stall", {{"memory", pressure(999'999)}}, {"memoryStall"});
    row("disk stall", {{"io", pressure(0)}}, {"diskStall"});
    row("processor stall", {{"cpu", pressure(1)}}, {"processorStall"});
    row("own time", {{"stat", use("weightroom", 999)}}, {"ownProcessor"});
    row("disks read",
        {{"diskstats", disk("253 0 dm-0", 50, 60) + disk("254 0 vda", 999, 2004) + disk("254 1 vda1", 900, 1900)}},
        {"diskRead"});
    row("disks written",
        {{"diskstats", disk("253 0 dm-0", 50, 60) + disk("254 0 vda", 5096, 0) + disk("254 1 vda1", 900, 1900)}},
        {"diskWritten"});
    row("group stall", {{kGroup + "memory.pressure", pressure(0)}}, {"group.memoryStall"});
    row("group read", {{kGroup + "io.stat", group("254:0", 6999, 8032)}}, {"group.diskRead"});
    row("group written", {{kGroup + "io.stat", group("254:0", 7256, 7999)}}, {"group.diskWritten"});
}

void TestHostReading::leavesOutWhatGoesBackwards()
{
    QFETCH(const Files, files);
    QFETCH(const Names, absent);
    Kernel kernel;
    kernel.read();
    kernel.write(secondLook());
    kernel.write(files);
    COMPARE_FIELDS(kernel.readLater(), expectedWithout(absent));
}

void TestHostReading::readsTheUseOfAnyName_data()
{
    QTest::addColumn<std::string>("name");
    for (const char* name : {"", "a b", ") R 1 2 3 4 5 6 7 8 9 10 11 12 13", "(((", ")", "line\nline", "\xFF"})
        QTest::newRow(name) << std::string{name};
}

void TestHostReading::readsTheUseOfAnyName()
{
    QFETCH(const std::string, name);
    Kernel kernel;
    kernel.write("stat", use(name, 1000));
    kernel.read();
    kernel.write("stat", use(name, 1000 + ::sysconf(_SC_CLK_TCK)));
    QCOMPARE(kernel.readLater().at("ownProcessor"), 0.5);
}

void TestHostReading::doesWithoutAGroup_data()
{
    QTest::addColumn<std::string>("membership");
    QTest::newRow("version 1 only") << std::string{"4:memory:/app.slice/run.scope\n1:cpu:/\n"};
    QTest::newRow("outside of what may be seen") << std::string{"0::/../groups/app.slice/run.scope\n"};
    QTest::newRow("gone") << std::string{"0::/app.slice/run.scope (deleted)\n"};
}

void TestHostReading::doesWithoutAGroup()
{
    QFETCH(const std::string, membership);
    Kernel kernel;
    kernel.write("cgroup", membership);
    kernel.read();
    Files files = secondLook();
    files["cgroup"] = membership;
    kernel.write(files);
    COMPARE_FIELDS(kernel.readLater(), expectedWithout(kOfGroup));
}

void TestHostReading::beginsAnewInAnotherGroup()
{
    Kernel kernel;
    kernel.read();
    kernel.write({{"cgroup", "0::/other\n"}, {"groups/other/memory.current", "77\n"},
        {"groups/other/memory.pressure", pressure(4'500'000)},
        {"groups/other/io.stat", group("254:0", 99'000, 99'000)}});
    const auto fields = kernel.readLater();
    QCOMPARE(fields.at("group.memory"), 77.0);
    for (const char* name : {"group.memoryLimit", "group.memoryStall", "group.diskRead", "group.diskWritten"})
        QVERIFY2(!fields.contains(name), name);
    kernel.write("groups/other/io.stat", group("254:0", 99'002, 99'000));
    QCOMPARE(kernel.readLater().at("group.diskRead"), 1.0);
}

void TestHostReading::respectsTheLimitOfAGroup()
{
    Kernel kernel;
    kernel.write("limits", "0::/app.slice/run.scope\n");
    const auto fields = kernel.read();
    QCOMPARE(fields.at("memoryTotal"), 8192.0);
    QCOMPARE(fields.at("memoryAvailable"), 4096.0);
}

void TestHostReading::readsThisMachine()
{
    const SystemClock clock;
    HostReader reader{clock};
    const HostReading first = reader.read();
    const HostReading second = reader.read();
    for (const HostReading& reading : {first, second}) {
        QVERIFY(reading.memoryTotal && *reading.memoryTotal > Bytes{});
        QVERIFY(reading.memoryAvailable && *reading.memoryAvailable <= *reading.memoryTotal);
        QVERIFY(reading.swapTotal && reading.swapFree && *reading.swapFree <= *reading.swapTotal);
        QVERIFY(reading.ownMemory && *reading.ownMemory > kMiB);
    }
    QVERIFY(!first.ownProcessor && !first.diskRead && !first.memoryStall);
    QVERIFY(second.ownProcessor && *second.ownProcessor >= 0);
    QVERIFY(!second.memoryStall || (*second.memoryStall >= 0 && *second.memoryStall <= 1));
}

QTEST_APPLESS_MAIN(TestHostReading)
#include "test_host_reading.moc"
