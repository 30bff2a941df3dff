// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/device_set.h"
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <cuda.h>

using namespace weightroom;
using namespace weightroom::engine;
using fake_cuda::fakeCuda;
using fake_cuda::Machine;

class TestDeviceSet : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { fakeCuda().reset({}); }
    void cleanup();
    void givesHostDevicesOnAMachineWithoutDriver();
    void doesNotTouchCudaWhenToldNotTo();
    void namesAnInstanceAsNvidiaDoes();
    void opensEveryGpuBeforeTheHostDevices();
    void keepsHeadroom();
    void setsAsideWhatCannotBeUsed_data();
    void setsAsideWhatCannotBeUsed();
    void setsAsideOneGpuAndKeepsTheOther();
    void leavesNothingWhateverCallFails();

private:
    class RecordingLog final : public LogSink {
    public:
        void write(LogLevel, std::string_view message) noexcept override { text.append(message).append("\n"); }
        [[nodiscard]] bool says(std::string_view words) const { return text.find(words) != std::string::npos; }
        std::string text;
    };
    static DeviceSettings settings()
    {
        return {.hostDevices = {{kMiB}, {kMiB * 2}}, .cudaLibrary = fake_cuda::libraryPath()};
    }
};

void TestDeviceSet::cleanup() { QVERIFY(fakeCuda().live() == fake_cuda::Live{}); }

void TestDeviceSet::givesHostDevicesOnAMachineWithoutDriver()
{
    RecordingLog log;
    DeviceSettings noDriver = settings();
    noDriver.cudaLibrary = "libcuda-that-is-not-there.so.1";
    const DeviceSet set = openDevices(noDriver, log);
    QCOMPARE(set.devices.size(), 2U);
    QVERIFY(set.unusable.empty());
    QCOMPARE(set.devices[0]->description().id.text, std::string{"HOST_0"});
    QCOMPARE(set.devices[1]->description().id.text, std::string{"HOST_1"});
    QCOMPARE(set.devices[1]->description().capacity, kMiB * 2);
    QVERIFY2(log.says("there is no CUDA driver"), log.text.c_str());
    QVERIFY2(log.says("HOST_0 is Host memory (RAM, not a GPU) with 1.00 MiB"), log.text.c_str());
    QVERIFY(set.find({"HOST_1"}) == set.devices[1].get());
    QVERIFY(set.find({"GPU_0"}) == nullptr);
}

void TestDeviceSet::doesNotTouchCudaWhenToldNotTo()
{
    NullLog log;
    DeviceSettings noCuda = settings();
    noCuda.useCuda = false;
    QCOMPARE(openDevices(noCuda, log).devices.size(), 2U);
    QCOMPARE(fakeCuda().calls(""), 0U);
}

void TestDeviceSet::namesAnInstanceAsNvidiaDoes()
{
    fakeCuda().reset({.isInstance = true});
    NullLog log;
    const DeviceSet set = openDevices(settings(), log);
    QCOMPARE(set.devices.front()->description().uuid, std::string{"MIG-a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0"});
}

void TestDeviceSet::opensEveryGpuBeforeTheHostDevices()
{
    fakeCuda().reset({.gpus = 2});
    RecordingLog log;
    const DeviceSet set = openDevices(settings(), log);
    QCOMPARE(set.devices.size(), 4U);
    const DeviceDescription& second = set.devices[1]->description();
    QCOMPARE(second.id.text, std::string{"GPU_1"});
    QCOMPARE(second.name, std::string{"Fake GPU 1 (host memory)"});
    QCOMPARE(second.uuid, std::string{"GPU-a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"});
    QCOMPARE(second.driver, std::string{"CUDA 13.0"});
    QCOMPARE(toText(second.kind), std::string_view{"cuda"});
    QCOMPARE(set.devices[2]->description().id.text, std::string{"HOST_0"});
    QVERIFY2(log.says("GPU_1 is Fake GPU 1"), log.text.c_str());
}

void TestDeviceSet::keepsHeadroom()
{
    NullLog log;
    const DeviceSet set = openDevices(settings(), log);
    QCOMPARE(set.devices[0]->description().capacity, kGiB - kMiB * 400);
    fakeCuda().reset({.memory = 1U << 20U});
    QCOMPARE(openDevices(settings(), log).devices[0]->description().capacity, Bytes{});
}

void TestDeviceSet::setsAsideWhatCannotBeUsed_data()
{
    QTest::addColumn<Machine>("machine");
    QTest::addColumn<QString>("failing");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("name");
    const QString driver = QStringLiteral("CUDA driver");
    const QString gpu = QStringLiteral("Fake GPU 0 (host memory)");
    const QString none;
    QTest::newRow("driver too old") << Machine{.driverVersion = 12080} << none << ErrorCode::Unsupported << gpu;
    QTest::newRow("no virtual memory management")
        << Machine{.hasMemoryManagement = 0} << none << ErrorCode::Unsupported << gpu;
    QTest::newRow("driver mismatch") << Machine{.initResult = CUDA_ERROR_SYSTEM_DRIVER_MISMATCH} << none
                                     << ErrorCode::DeviceError << driver;
    QTest::newRow("cannot count") << Machine{} << QStringLiteral("cuDeviceGetCount") << ErrorCode::DeviceLost << driver;
    QTest::newRow("no total") << Machine{} << QStringLiteral("cuDeviceTotalMem") << ErrorCode::DeviceLost << gpu;
    QTest::newRow("no handle") << Machine{} << QStringLiteral("cuDeviceGet") << ErrorCode::DeviceLost << gpu;
}

void TestDeviceSet::setsAsideWhatCannotBeUsed()
{
    QFETCH(const Machine, machine);
    QFETCH(const QString, failing);
    QFETCH(const ErrorCode, code);
    QFETCH(const QString, name);
    fakeCuda().reset(machine);
    if (!failing.isEmpty())
        fakeCuda().failCall(failing.toStdString(), 1, CUDA_ERROR_ECC_UNCORRECTABLE, fake_cuda::Fault::Once);
    RecordingLog log;
    const DeviceSet set = openDevices(settings(), log);
    QCOMPARE(set.devices.size(), 2U);
    QCOMPARE(set.unusable.size(), 1U);
    QCOMPARE(set.unusable[0].name, name.toStdString());
    QCOMPARE(set.unusable[0].reason.code, code);
    QVERIFY2(log.says("cannot be used"), log.text.c_str());
}

void TestDeviceSet::setsAsideOneGpuAndKeepsTheOther()
{
    fakeCuda().reset({.gpus = 2});
    fakeCuda().failCall("cuDeviceTotalMem", 1, CUDA_ERROR_DEVICE_UNAVAILABLE, fake_cuda::Fault::Once);
    NullLog log;
    const DeviceSet set = openDevices(settings(), log);
    QCOMPARE(set.unusable.size(), 1U);
    QVERIFY(set.find({"GPU_0"}) == nullptr);
    QVERIFY(set.find({"GPU_1"}) != nullptr);
}

void TestDeviceSet::leavesNothingWhateverCallFails()
{
    NullLog log;
    std::uint64_t calls = 0;
    {
        const DeviceSet set = openDevices(settings(), log);
        calls = fakeCuda().calls("");
    }
    QVERIFY(calls > 8);
    QCOMPARE(fakeCuda().calls("cuDevicePrimaryCtxRetain"), 0U);
    for (std::uint64_t n = 1; n <= calls; ++n) {
        fakeCuda().reset({});
        fakeCuda().failCall("", n, CUDA_ERROR_OUT_OF_MEMORY, fake_cuda::Fault::Once);
        QVERIFY(openDevices(settings(), log).find({"HOST_0"}) != nullptr);
        QVERIFY2(fakeCuda().live() == fake_cuda::Live{}, qPrintable(QStringLiteral("call %1").arg(n)));
    }
}

QTEST_APPLESS_MAIN(TestDeviceSet)
#include "test_device_set.moc"
