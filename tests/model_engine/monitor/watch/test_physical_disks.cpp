// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/watch/physical_disks.h"

#include "tests/model_engine/monitor/watch/host_kernel.h"

#include <QTest>

#include <string>

using namespace weightroom::engine;
using namespace weightroom::test;

class TestPhysicalDisks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void countsEachByteOnce_data();
    void countsEachByteOnce();
    void beginsAnewWithOtherDisks();
    void looksAtTheDisksOnlyOnce();
    void readsLinesOfNoFigures();
};

void TestPhysicalDisks::countsEachByteOnce_data()
{
    QTest::addColumn<QString>("device");
    QTest::addColumn<Files>("entries"); ///< in /sys/block; of folders there is a file in them
    QTest::addColumn<double>("read");
    QTest::newRow("another disk") << "8 0 sda" << Files{{"sda/device/model", ""}} << 1024.0;
    QTest::newRow("that is not hidden") << "8 0 sda" << Files{{"sda/device/model", ""}, {"sda/hidden", "0\n"}}
                                        << 1024.0;
    QTest::newRow("of a name with a slash") << "104 0 cciss/c0d0" << Files{{"cciss!c0d0/device/model", ""}} << 1024.0;
    QTest::newRow("no hardware") << "7 0 loop0" << Files{{"loop0/size", "0\n"}} << 0.0;
    QTest::newRow("stands on others") << "9 0 md0" << Files{{"md0/device/model", ""}, {"md0/slaves/vda", ""}} << 0.0;
    QTest::newRow("one path of several") << "259 0 nvme0c0n1"
                                         << Files{{"nvme0c0n1/device/model", ""}, {"nvme0c0n1/hidden", "1\n"}} << 0.0;
    QTest::newRow("a partition") << "254 2 vda2" << Files{{"vda/vda2/partition", "2\n"}} << 0.0;
    QTest::newRow("unknown to /sys") << "8 0 sda" << Files{} << 0.0;
}

void TestPhysicalDisks::countsEachByteOnce()
{
    QFETCH(const QString, device);
    QFETCH(const Files, entries);
    QFETCH(const double, read);
    Kernel kernel;
    for (const auto& [path, content] : entries)
        kernel.write("block/" + path, content);
    const auto withDevice = [&](Files files, std::uint64_t sectors) {
        const std::string name = device.toStdString();
        std::string number = name.substr(0, name.rfind(' '));
        number[number.find(' ')] = ':';
        files["diskstats"] += disk(name, sectors, 0);
        files[kGroup + "io.stat"] += group(number, sectors * 512, 0);
        return files;
    };
    kernel.write(withDevice(firstLook(), 10));
    kernel.read();
    kernel.write(withDevice(secondLook(), 14));
    const auto fields = kernel.readLater();
    QCOMPARE(fields.at("diskRead"), kExpected.at("diskRead") + read);
    QCOMPARE(fields.at("diskWritten"), kExpected.at("diskWritten"));
    QCOMPARE(fields.at("group.diskRead"), kExpected.at("group.diskRead") + read);
}

/// A disk that comes has counted already, and one that goes takes its numbers along.
void TestPhysicalDisks::beginsAnewWithOtherDisks()
{
    Kernel kernel;
    kernel.read();
    kernel.addDisk("sda");
    Files files = secondLook();
    const std::string disks = files["diskstats"];
    files["diskstats"] = disks + disk("8 0 sda", 1'000'000'000, 1'000'000'000);
    kernel.write(files);
    COMPARE_FIELDS(kernel.readLater(), expectedWithout(kDiskRates));
    files["diskstats"] = disks + disk("8 0 sda", 1'000'000'004, 1'000'000'000);
    kernel.write(files);
    QCOMPARE(kernel.readLater().at("diskRead"), 1024.0);
    files["diskstats"] = disks;
    kernel.write(files);
    QVERIFY(!kernel.readLater().contains("diskRead"));
    QCOMPARE(kernel.readLater().at("diskRead"), 0.0);
}

void TestPhysicalDisks::looksAtTheDisksOnlyOnce()
{
    Kernel kernel;
    kernel.read();
    std::filesystem::remove_all(kernel.folder / "block");
    kernel.write(secondLook());
    COMPARE_FIELDS(kernel.readLater(), kExpected);
    kernel.write("diskstats", secondLook()["diskstats"] + disk("8 0 sda", 1, 1));
    QVERIFY(!kernel.readLater().contains("diskRead"));
    QVERIFY(!kernel.readLater().contains("diskRead")); // now it knows of none
}

void TestPhysicalDisks::readsLinesOfNoFigures()
{
    Kernel kernel;
    kernel.read();
    kernel.write(kGroup + "io.stat", "253:0 254:0 rbytes=7256 wbytes=8032\n7:0 \n8:0 rbytes=9999 wbytes=9999\n");
    const auto fields = kernel.readLater();
    QCOMPARE(fields.at("group.diskRead"), 128.0);
    QCOMPARE(fields.at("group.diskWritten"), 16.0);
}

QTEST_APPLESS_MAIN(TestPhysicalDisks)
#include "test_physical_disks.moc"
