// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/limits/machine_facts.h"

#include "tests/support/temporary_folder.h"

#include <QTest>

using namespace weightroom;
using namespace weightroom::engine;

class TestMachineFacts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knowsThisMachine();
    void readsTheProcessor_data();
    void readsTheProcessor();
    void leavesOutWhoseDeviceItIs();
};

void TestMachineFacts::knowsThisMachine()
{
    const BenchmarkMachine machine = describeMachine();
    QVERIFY(machine.processors > 0);
    QVERIFY(machine.memory > kMiB * 64);
    QVERIFY(machine.kernel.starts_with("Linux "));
    QVERIFY(!machine.version.empty() && !machine.buildType.empty());
    QVERIFY(!machine.device && machine.features.empty());
}

void TestMachineFacts::readsTheProcessor_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<std::string>("name");
    const auto row = [](const char* what, std::string content, std::string name) {
        QTest::newRow(what) << std::move(content) << std::move(name);
    };
    row("as it is", "processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC 9654\nstepping\t: 1\n", "AMD EPYC 9654");
    row("the first", "model name\t: A\n\nmodel name\t: B\n", "A");
    row("cut", "processor\t: 0\nmodel name\t: AMD", "AMD");
    row("no value", "model name\t\nstepping\t: 1\n", "");
    row("none", "processor\t: 0\nmodel\t\t: 17\n", "");
    row("within another", "the model name\t: A\n", "");
    row("empty", "", "");
}

void TestMachineFacts::readsTheProcessor()
{
    QFETCH(const std::string, content);
    QFETCH(const std::string, name);
    const test::TemporaryFolder folder;
    QCOMPARE(describeMachine(folder.write("cpuinfo", content)).processor, name);
    QCOMPARE(describeMachine(folder / "nothing").processor, std::string{});
}

void TestMachineFacts::leavesOutWhoseDeviceItIs()
{
    const DeviceDescription description{{"GPU_0"}, DeviceKind::Cuda, "NVIDIA L4", "GPU-1234", "CUDA 13.0", kGiB * 24};
    const BenchmarkDevice device = describeDevice(description, "580.1");
    QVERIFY(device == (BenchmarkDevice{{"GPU_0"}, DeviceKind::Cuda, "NVIDIA L4", "CUDA 13.0", "580.1", kGiB * 24}));
}

QTEST_APPLESS_MAIN(TestMachineFacts)
#include "test_machine_facts.moc"
