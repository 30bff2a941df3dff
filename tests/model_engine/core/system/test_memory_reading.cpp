// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/memory_reading.h"

#include "tests/support/temporary_folder.h"

#include <QTest>

#include <string>
#include <unistd.h>

using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;

namespace {

constexpr const char* kMemoryInfo = "MemTotal:       24684084 kB\n"
                                    "MemFree:          100000 kB\n"
                                    "MemAvailable:    8388608 kB\n"
                                    "SwapTotal:             0 kB\n";

/// The kernel's files, in a folder.
struct Kernel {
    Kernel()
    {
        folder.write("meminfo", kMemoryInfo);
        folder.write("pressure",
            "some avg10=1.73 avg60=0.43 avg300=0.10 total=110243736\n"
            "full avg10=0.00 avg60=0.00 avg300=0.00 total=36984080\n");
    }
    [[nodiscard]] std::optional<MemoryReading> read() const
    {
        return readMemory({.memoryInfo = folder / "meminfo",
            .pressure = folder / "pressure",
            .groups = {.membership = folder / "membership", .hierarchy = folder / "groups"}});
    }

    TemporaryFolder folder;
};

} // namespace

class TestMemoryReading : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsTheMachine();
    void readsWhatThisProcessHas();
    void knowsNothingOfBrokenStatistics_data();
    void knowsNothingOfBrokenStatistics();
    void readsTheKernel();
    void knowsNothingWithoutFigures_data();
    void knowsNothingWithoutFigures();
    void doesWithoutPressure_data();
    void doesWithoutPressure();
    void takesTheRoomOfAControlGroup_data();
    void takesTheRoomOfAControlGroup();
};

void TestMemoryReading::readsTheMachine()
{
    const auto memory = readMemory();
    QVERIFY(memory.has_value());
    QVERIFY(memory->available > Bytes{});
    QVERIFY(memory->available <= memory->total);
}

void TestMemoryReading::readsWhatThisProcessHas()
{
    const auto resident = residentMemory();
    QVERIFY(resident && *resident > kMiB && *resident < kGiB * 64);
    const TemporaryFolder folder;
    const auto file = folder.write("statm", "7000 123 40 5 0 600 0\n");
    QCOMPARE(residentMemory(file)->value, 123 * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

void TestMemoryReading::knowsNothingOfBrokenStatistics_data()
{
    QTest::addColumn<std::string>("content");
    for (const char* content : {"", "7000", "7000 ", "7000 x 40", "7000 -1 40", "7000 99999999999999999999 40"})
        QTest::newRow(content) << std::string{content};
    QTest::newRow("more than a number holds") << std::string{"1 18446744073709551615 1"};
}

void TestMemoryReading::knowsNothingOfBrokenStatistics()
{
    QFETCH(const std::string, content);
    const TemporaryFolder folder;
    QVERIFY(!residentMemory(folder.write("statm", content)));
    QVERIFY(!residentMemory(folder / "none"));
}

void TestMemoryReading::readsTheKernel()
{
    const auto memory = Kernel{}.read();
    QVERIFY(memory.has_value());
    QCOMPARE(memory->total, kKiB * 24684084);
    QCOMPARE(memory->available, kGiB * 8);
    QVERIFY(memory->stalled == std::chrono::microseconds{110243736});
}

void TestMemoryReading::knowsNothingWithoutFigures_data()
{
    QTest::addColumn<std::string>("content");
    QTest::newRow("empty") << std::string{};
    QTest::newRow("a kernel before 3.14") << std::string{"MemTotal: 24684084 kB\nMemFree: 100000 kB\n"};
    QTest::newRow("no total") << std::string{"MemAvailable: 1000 kB\n"};
    QTest::newRow("no number") << std::string{"MemTotal: 24684084 kB\nMemAvailable: much kB\n"};
    QTest::newRow("too many bytes") << std::string{"MemTotal: 24684084 kB\nMemAvailable: 18014398509481984 kB\n"};
}

void TestMemoryReading::knowsNothingWithoutFigures()
{
    QFETCH(const std::string, content);
    const Kernel kernel;
    kernel.folder.write("meminfo", content);
    QVERIFY(!kernel.read());
}

void TestMemoryReading::doesWithoutPressure_data()
{
    QTest::addColumn<std::string>("content");
    QTest::newRow("empty") << std::string{};
    QTest::newRow("full only") << std::string{"full avg10=0.00 avg60=0.00 avg300=0.00 total=36984080\n"};
    QTest::newRow("no total") << std::string{"some avg10=0.00 avg60=0.00 avg300=0.00\n"};
    QTest::newRow("no number") << std::string{"some avg10=0.00 total=x\n"};
    QTest::newRow("too large") << std::string{"some avg10=0.00 total=18446744073709551615\n"};
}

void TestMemoryReading::doesWithoutPressure()
{
    QFETCH(const std::string, content);
    const Kernel kernel;
    kernel.folder.write("pressure", content);
    const auto memory = kernel.read();
    QVERIFY(memory.has_value());
    QVERIFY(!memory->stalled);
    QCOMPARE(memory->available, kGiB * 8);
}

void TestMemoryReading::takesTheRoomOfAControlGroup_data()
{
    QTest::addColumn<std::string>("maximum");
    QTest::addColumn<std::string>("high");
    QTest::addColumn<std::string>("current");
    QTest::addColumn<std::string>("statistics");
    QTest::addColumn<Bytes>("total");
    QTest::addColumn<Bytes>("available");
    const auto row = [](const char* name, std::string maximum, std::string high, std::string current,
                         std::string statistics, Bytes total, Bytes available) {
        QTest::newRow(name) << std::move(maximum) << std::move(high) << std::move(current) << std::move(statistics)
                            << total << available;
    };
    const Bytes machine = kKiB * 24684084;
    const std::string used = std::to_string(kGiB.value);
    row("no limit", "max\n", "max\n", used + "\n", "", machine, kGiB * 8);
    row("a limit", std::to_string(kGiB.value * 4) + "\n", "max\n", used + "\n", "anon 1\n", kGiB * 4, kGiB * 3);
    row("slowed down before", std::to_string(kGiB.value * 4) + "\n", std::to_string(kGiB.value * 2) + "\n", used + "\n",
        "", kGiB * 2, kGiB);
    row("page cache that goes first", std::to_string(kGiB.value * 4) + "\n", "max\n", used + "\n",
        "file 9\ninactive_file " + std::to_string(kMiB.value * 512) + "\n", kGiB * 4, kMiB * 3584);
    row("more page cache than it has", std::to_string(kGiB.value * 4) + "\n", "max\n", used + "\n",
        "inactive_file " + std::to_string(kGiB.value * 2) + "\n", kGiB * 4, kGiB * 4);
    row("beyond the limit", std::to_string(kMiB.value) + "\n", "max\n", used + "\n", "", kMiB, Bytes{});
    row("more than the machine has", std::to_string(kGiB.value * 900) + "\n", "max\n", used + "\n", "", machine,
        kGiB * 8);
    row("nobody says what is used", std::to_string(kGiB.value * 4) + "\n", "max\n", "", "", kGiB * 4, kGiB * 8);
}

void TestMemoryReading::takesTheRoomOfAControlGroup()
{
    QFETCH(const std::string, maximum);
    QFETCH(const std::string, high);
    QFETCH(const std::string, current);
    QFETCH(const std::string, statistics);
    QFETCH(const Bytes, total);
    QFETCH(const Bytes, available);
    const Kernel kernel;
    kernel.folder.write("membership", "0::/user.slice/app.scope\n");
    kernel.folder.write("groups/user.slice/memory.max", maximum); // of a group above ours
    kernel.folder.write("groups/user.slice/memory.high", high);
    kernel.folder.write("groups/user.slice/memory.current", current);
    kernel.folder.write("groups/user.slice/memory.stat", statistics);
    const auto memory = kernel.read();
    QVERIFY(memory.has_value());
    QCOMPARE(memory->total, total);
    QCOMPARE(memory->available, available);
}

QTEST_GUILESS_MAIN(TestMemoryReading)
#include "test_memory_reading.moc"
