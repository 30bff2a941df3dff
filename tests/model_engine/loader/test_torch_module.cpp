// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/device_set.h"
#include "model_engine/loader/torch_module.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <limits>

using namespace weightroom::engine;

class TestTorchModule : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsHostMemoryAsItLies();
    void refusesTypesThatItHasNot();
    void withoutAGpuItSaysSo();
};

void TestTorchModule::readsHostMemoryAsItLies()
{
    const auto torch = TorchModule::open();
    VERIFY_RESULT(torch);
    const std::array values{
        1.0F, 2.5F, std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()};
    const auto found = torch->statistics(
        {.address = reinterpret_cast<std::uint64_t>(values.data()), .elements = values.size(), .dtype = Dtype::F32});
    VERIFY_RESULT(found);
    QCOMPARE(found->nanCount, std::uint64_t{1});
    QCOMPARE(found->infCount, std::uint64_t{1});
    QCOMPARE(found->sum, 3.5);
}

void TestTorchModule::refusesTypesThatItHasNot()
{
    const auto torch = TorchModule::open();
    VERIFY_RESULT(torch);
    const auto refused = torch->statistics({.address = 0, .elements = 0, .dtype = Dtype::Unknown});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::DeviceError);
}

/// LibTorch's library for CUDA is opened by hand, so that it must be found here too, where only the driver is missing.
void TestTorchModule::withoutAGpuItSaysSo()
{
    NullLog log;
    if (!openDevices({}, log).devices.empty())
        QSKIP("this machine has a GPU: weightroomctl selftest looks at its memory");
    const auto torch = TorchModule::open();
    VERIFY_RESULT(torch);
    const float value = 1;
    const auto refused = torch->statistics(
        {.address = reinterpret_cast<std::uint64_t>(&value), .elements = 1, .dtype = Dtype::F32, .cudaDevice = 0});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::DeviceError);
    const std::string& detail = refused.error().detail;
    QVERIFY2(detail.find("NVIDIA driver") != std::string::npos, detail.c_str());
    QVERIFY2(detail.find("frame #") == std::string::npos, detail.c_str());
}

QTEST_APPLESS_MAIN(TestTorchModule)
#include "test_torch_module.moc"
