// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/watch/device_watch.h"
#include "tests/model_engine/device/fake_gpu.h"
#include "tests/model_engine/monitor/watch/fake_gpu_view.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QDir>
#include <QTest>

#include <numeric>

using namespace weightroom::engine;
using namespace weightroom::test;
using weightroom::fake_cuda::Machine;

namespace {

constexpr unsigned kBlender = 4711;
constexpr int kIllegalAddress = 700;

const NamedProcess* find(const DeviceLook& look, std::int64_t id)
{
    const auto row =
        std::ranges::find(look.driver.processes, id, [](const NamedProcess& process) { return process.process.id; });
    return row == look.driver.processes.end() ? nullptr : &*row;
}

} // namespace

/// The devices of an engine as their drivers say; by test doubles of CUDA and NVML.
class TestDeviceWatch : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void asksNvmlAboutGpus();
    void namesProcesses();
    void forgetsNamesOfWhatHasEnded();
    void asksTheDriverWithoutNvml();
    void asksTheDriverWhereNvmlHasNoMemory_data();
    void asksTheDriverWhereNvmlHasNoMemory();
    void addsUpWhateverADriverSays_data();
    void addsUpWhateverADriverSays();
    void letsAGpuRestUntilSomethingIsLoaded();
    void saysThatADeviceIsLost();
    void asksNobodyAboutHostDevices();

private:
    /// Of the fake GPU and a host device.
    void openDevices();
    [[nodiscard]] DeviceSources sources() const
    {
        return {.nvmlLibrary = weightroom::fake_nvml::libraryPath(),
            .pciDevices = m_folder / "devices",
            .processes = m_folder / "proc"};
    }

    ManualClock m_clock;
    TemporaryFolder m_folder;
    FakeGpuView m_view;
    Machine m_machine{.foreignUse = (kMiB * 100).value};
    DeviceSet m_devices;
};

void TestDeviceWatch::init()
{
    openDevices();
    QCOMPARE(m_devices.devices.size(), 2U);
    QVERIFY(m_view.play(m_devices.devices.front()->description().uuid));
    m_view.update(m_machine, kBlender, kMiB * 60);
}

void TestDeviceWatch::openDevices()
{
    weightroom::fake_cuda::fakeCuda().reset(m_machine);
    NullLog log;
    m_devices =
        weightroom::engine::openDevices({.hostDevices = {{kMiB * 16}},
                                            .cudaLibrary = weightroom::fake_cuda::libraryPath(),
                                            .nvmlLibrary = "libnone-of-that-name.so.1", // only who watches has one
                                            .cudaHeadroom = {}},
            log);
}

void TestDeviceWatch::cleanup()
{
    m_devices = {};
    weightroom::fake_cuda::fakeCuda().endProcess();
}

void TestDeviceWatch::asksNvmlAboutGpus()
{
    DeviceWatch watch{m_devices, m_clock, sources()};
    const auto taken = m_devices.devices.front()->arena().allocate(std::vector{kMiB * 3});
    VERIFY_RESULT(taken);
    m_view.update(m_machine);
    const auto looks = watch.look();
    QCOMPARE(looks.size(), 2U);
    QVERIFY(looks.front().gpu.reading && !looks.front().gpu.problem);
    const DriverView& driver = looks.front().driver;
    QCOMPARE(driver.heldThen, m_devices.devices.front()->arena().statistics().held);
    QVERIFY(driver.heldThen >= kMiB * 3);
    QVERIFY(driver.total && driver.reserved && driver.free);
    QCOMPARE(*driver.total - *driver.reserved - *driver.free,
        driver.heldThen + FakeGpuView::kContext + Bytes{m_machine.foreignUse});
    QCOMPARE(driver.ownProcess, static_cast<std::int64_t>(::getpid()));
    QCOMPARE(watch.driverVersion(), std::string{"580.159.04"});
}

void TestDeviceWatch::namesProcesses()
{
    m_folder.write("proc/" + std::to_string(kBlender) + "/cmdline", std::string{"/usr/bin/blender\0--background", 29});
    DeviceWatch watch{m_devices, m_clock, sources()};
    const auto looks = watch.look();
    const NamedProcess* const blender = find(looks.front(), kBlender);
    QVERIFY(blender);
    QCOMPARE(blender->name, std::string{"blender"});
    QVERIFY(blender->process.memory == kMiB * 60);
    const NamedProcess* const own = find(looks.front(), ::getpid());
    QVERIFY(own);
    QCOMPARE(own->name, std::string{}); // there is no file of it in this folder
}

void TestDeviceWatch::forgetsNamesOfWhatHasEnded()
{
    const std::string file = "proc/" + std::to_string(kBlender) + "/cmdline";
    m_folder.write(file, std::string{"blender\0", 8});
    DeviceWatch watch{m_devices, m_clock, sources()};
    QCOMPARE(find(watch.look().front(), kBlender)->name, std::string{"blender"});
    m_folder.write(file, std::string{"another\0", 8}); // not looked at while the process goes on
    QCOMPARE(find(watch.look().front(), kBlender)->name, std::string{"blender"});
    m_view.update(m_machine);
    QVERIFY(!find(watch.look().front(), kBlender));
    m_view.update(m_machine, kBlender, kMiB);
    QCOMPARE(find(watch.look().front(), kBlender)->name, std::string{"another"});
}

void TestDeviceWatch::asksTheDriverWithoutNvml()
{
    DeviceSources none = sources();
    none.nvmlLibrary = "libnone-of-that-name.so.1";
    DeviceWatch watch{m_devices, m_clock, none};
    const DeviceLook seen = watch.look().front();
    QVERIFY(!seen.gpu.reading);
    QVERIFY(seen.gpu.problem && seen.gpu.problem->code == ErrorCode::NotFound);
    QCOMPARE(seen.driver.total, std::optional{Bytes{m_machine.memory}});
    QCOMPARE(seen.driver.free, std::optional{Bytes{m_machine.memory - m_machine.foreignUse}});
    QVERIFY(seen.driver.processes.empty());
    QCOMPARE(watch.driverVersion(), std::string{});
}

void TestDeviceWatch::asksTheDriverWhereNvmlHasNoMemory_data()
{
    QTest::addColumn<bool>("isRefused");
    QTest::newRow("not supported") << true;
    QTest::newRow("nothing but 0") << false;
}

void TestDeviceWatch::asksTheDriverWhereNvmlHasNoMemory()
{
    QFETCH(const bool, isRefused);
    auto& nvml = weightroom::fake_nvml::fakeNvml();
    for (const char* question : {"nvmlDeviceGetMemoryInfo_v2", "nvmlDeviceGetMemoryInfo"}) {
        nvml.refuse(question, 3); // NVML_ERROR_NOT_SUPPORTED
        for (const char* field : {"total", "reserved", "used", "free"}) {
            if (!isRefused)
                nvml.set(question, field, 0);
        }
    }
    DeviceWatch watch{m_devices, m_clock, sources()};
    const DeviceLook seen = watch.look().front();
    QVERIFY(seen.gpu.reading && !seen.gpu.reading->memoryTotal && !seen.gpu.problem);
    QCOMPARE(seen.driver.total, std::optional{Bytes{m_machine.memory}});
    QCOMPARE(seen.driver.free, std::optional{Bytes{m_machine.memory - m_machine.foreignUse}});
    QVERIFY(!seen.driver.reserved);
}

void TestDeviceWatch::addsUpWhateverADriverSays_data()
{
    QTest::addColumn<QString>("recording");
    QTest::addColumn<int>("held"); // MiB
    const QDir recordings{QStringLiteral(WEIGHTROOM_TEST_DATA_DIR "/nvml"), QStringLiteral("*.json")};
    QVERIFY(recordings.count() >= 8);
    for (const QString& file : recordings.entryList()) {
        for (const int held : {0, 3})
            QTest::addRow("%s, %d MiB", qPrintable(file), held) << file.chopped(5) << held;
    }
}

void TestDeviceWatch::addsUpWhateverADriverSays()
{
    QFETCH(const QString, recording);
    QFETCH(const int, held);
    QVERIFY(m_view.play(m_devices.devices.front()->description().uuid, recording.toStdString()));
    Arena& arena = m_devices.devices.front()->arena();
    const auto taken = arena.allocate(std::vector(static_cast<std::size_t>(held), kMiB));
    VERIFY_RESULT(taken);
    DeviceWatch watch{m_devices, m_clock, sources()};
    const DeviceLook seen = watch.look().front();
    QVERIFY(seen.gpu.reading && seen.driver.total);
    OwnMemory own;
    own.overhead = own.capacity = arena.statistics().held;
    const MemoryLedger ledger = makeLedger(own, seen.driver);
    QCOMPARE(ledger.total, *seen.driver.total);
    const Bytes sum = std::accumulate(ledger.entries.begin(), ledger.entries.end(), Bytes{},
        [](Bytes before, const LedgerEntry& entry) { return before + entry.size; });
    QCOMPARE(sum, ledger.total);
}

void TestDeviceWatch::letsAGpuRestUntilSomethingIsLoaded()
{
    auto& nvml = weightroom::fake_nvml::fakeNvml();
    m_folder.write("devices/0000:00:06.0/power/runtime_status", "active\n");
    m_folder.write("devices/0000:00:06.0/power/control", "auto\n");
    DeviceWatch watch{m_devices, m_clock, sources()};
    QVERIFY(!watch.look().front().gpu.isKept);
    const auto before = nvml.questions();
    const DeviceLook kept = watch.look().front();
    QVERIFY(kept.gpu.isKept && kept.driver.total);
    QCOMPARE(kept.driver.heldThen, Bytes{});
    QCOMPARE(nvml.questions(), before);
    auto taken = m_devices.devices.front()->arena().allocate(std::vector{kMiB});
    VERIFY_RESULT(taken);
    const DeviceLook used = watch.look().front();
    QVERIFY(!used.gpu.isKept);
    QVERIFY(used.driver.heldThen >= kMiB);
    taken->clear();
    QVERIFY(!watch.look().front().gpu.isKept); // the last reading has what was ours
}

void TestDeviceWatch::saysThatADeviceIsLost()
{
    DeviceWatch watch{m_devices, m_clock, sources()};
    QVERIFY(!watch.look().front().gpu.problem);
    weightroom::fake_cuda::fakeCuda().failCall("", 1, kIllegalAddress, weightroom::fake_cuda::Fault::Sticky);
    (void)m_devices.devices.front()->memory(); // the first to notice
    const DeviceLook seen = watch.look().front();
    QVERIFY(seen.gpu.problem && seen.gpu.problem->code == ErrorCode::DeviceLost);
}

void TestDeviceWatch::asksNobodyAboutHostDevices()
{
    DeviceWatch watch{m_devices, m_clock, sources()};
    const DeviceLook seen = watch.look().back();
    QVERIFY(!seen.gpu.reading && !seen.gpu.problem && !seen.driver.total);
}

QTEST_APPLESS_MAIN(TestDeviceWatch)
#include "test_device_watch.moc"
