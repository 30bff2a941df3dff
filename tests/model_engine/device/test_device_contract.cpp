// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/copy_blocks.h"
#include "model_engine/device/device_contract.h"
#include "model_engine/device/device_set.h"
#include "model_engine/device/host_device.h"
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/device/broken_device.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <set>

using namespace weightroom;
using namespace weightroom::engine;

/// Every check of the contract on every kind of device that there is without a GPU. What the fake driver shows is how
/// CudaDevice calls the driver; it is no result about GPUs.
class TestDeviceContract : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void holds_data();
    void holds();
    void leavesNothingInTheDriver();
    void findsWrongBytes();
    void findsBrokenDevices_data();
    void findsBrokenDevices();

private:
    static DeviceSet devicesFor(const QString& name);
};

namespace {

const DeviceCheck& checkNamed(std::string_view name)
{
    return *std::ranges::find(deviceChecks(), name, &DeviceCheck::name);
}

} // namespace

void TestDeviceContract::init() { fake_cuda::fakeCuda().reset({}); }

DeviceSet TestDeviceContract::devicesFor(const QString& name)
{
    NullLog log;
    DeviceSettings settings;
    settings.useCuda = name.startsWith(QStringLiteral("fake"));
    settings.cudaLibrary = fake_cuda::libraryPath();
    settings.cudaHeadroom = {};
    if (name == QStringLiteral("fake CUDA, 64 MiB, without export"))
        fake_cuda::fakeCuda().reset({.memory = kMiB.value * 64, .isExportable = 0});
    if (name == QStringLiteral("host, 1 MiB"))
        settings.hostDevices = {{kMiB}};
    if (name == QStringLiteral("host, 512 MiB"))
        settings.hostDevices = {{kMiB * 512}};
    return openDevices(settings, log);
}

void TestDeviceContract::holds_data()
{
    QTest::addColumn<QString>("device");
    QTest::addColumn<QString>("check");
    std::set<std::string_view> names;
    for (const auto* device :
        {"host, 1 MiB", "host, 512 MiB", "fake CUDA, 1 GiB", "fake CUDA, 64 MiB, without export"}) {
        for (const DeviceCheck& check : deviceChecks()) {
            QVERIFY(!check.promise.empty());
            names.insert(check.name);
            const QString name = QString::fromUtf8(check.name.data(), static_cast<qsizetype>(check.name.size()));
            QTest::addRow("%s: %s", device, qPrintable(name)) << QString::fromLatin1(device) << name;
        }
    }
    QCOMPARE(names.size(), deviceChecks().size());
}

void TestDeviceContract::holds()
{
    QFETCH(const QString, device);
    QFETCH(const QString, check);
    const DeviceSet set = devicesFor(device);
    QCOMPARE(set.devices.size(), 1U);
    const auto result = checkNamed(check.toStdString()).run(*set.devices.front());
    const bool isSmall = set.devices.front()->description().capacity < kLargestCopyBlock * 4;
    if (!result && result.error().code == ErrorCode::Unsupported && isSmall)
        QSKIP(result.error().detail.c_str());
    VERIFY_RESULT(result);
}

void TestDeviceContract::leavesNothingInTheDriver()
{
    {
        const DeviceSet set = devicesFor(QStringLiteral("fake CUDA, 64 MiB, without export"));
        for (const DeviceCheck& check : deviceChecks()) {
            const auto result = check.run(*set.devices.front());
            QVERIFY(result || result.error().code == ErrorCode::Unsupported);
        }
        QVERIFY(fake_cuda::fakeCuda().calls("cuMemCreate") > 10);
    }
    QVERIFY(fake_cuda::fakeCuda().live() == fake_cuda::Live{});
}

void TestDeviceContract::findsWrongBytes()
{
    const DeviceSet set = devicesFor(QStringLiteral("fake CUDA, 1 GiB"));
    for (const auto* name :
        {"uploaded_bytes_read_back_equal", "small_tensors_are_kept_apart", "neighbours_are_untouched",
            "copies_within_are_equal", "host_memory_is_pinned", "large_tensors_read_back_equal"}) {
        fake_cuda::fakeCuda().corruptNextUpload();
        VERIFY_ERROR(checkNamed(name).run(*set.devices.front()), ErrorCode::VerificationFailed);
    }
}

void TestDeviceContract::findsBrokenDevices_data()
{
    QTest::addColumn<test::Defect>("defect");
    QTest::addColumn<QString>("check");
    using test::Defect;
    QTest::newRow("claims to be a GPU") << Defect::Nameless << QStringLiteral("device_is_described");
    QTest::newRow("reports another capacity") << Defect::WrongCapacity << QStringLiteral("memory_is_reported");
    QTest::newRow("copies nothing within") << Defect::NoCopyWithin << QStringLiteral("copies_within_are_equal");
    QTest::newRow("is deaf to a cancel before") << Defect::DeafToCancel << QStringLiteral("cancel_before_an_upload");
    QTest::newRow("is deaf to a cancel within") << Defect::DeafToCancel << QStringLiteral("cancel_within_an_upload");
    QTest::newRow("reports too much progress")
        << Defect::WrongProgress << QStringLiteral("small_tensors_are_kept_apart");
    QTest::newRow("writes beside its destination")
        << Defect::WritesBeside << QStringLiteral("neighbours_are_untouched");
    QTest::newRow("keeps memory") << Defect::Leaks << QStringLiteral("uploaded_bytes_read_back_equal");
    QTest::newRow("refuses to pin without a reason")
        << Defect::SilentPinning << QStringLiteral("host_memory_is_pinned");
}

void TestDeviceContract::findsBrokenDevices()
{
    QFETCH(const test::Defect, defect);
    QFETCH(const QString, check);
    test::BrokenDevice device{defect};
    const auto result = checkNamed(check.toStdString()).run(device);
    QVERIFY(!result);
    QVERIFY2(result.error().code == ErrorCode::Internal || result.error().code == ErrorCode::VerificationFailed,
        describe(result.error()).c_str());
}

QTEST_APPLESS_MAIN(TestDeviceContract)
#include "test_device_contract.moc"
