// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/cuda/cuda_driver.h"
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <dlfcn.h>

using namespace weightroom;
using namespace weightroom::engine;

class TestCudaDriver : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { fake_cuda::fakeCuda().reset({}); }
    void saysWhenThereIsNoLibrary();
    void saysWhatALibraryLacks();
    void opensTheDriver();
    void saysWhenTheDriverRefuses();
    void mapsEveryCode_data();
    void mapsEveryCode();
    void keepsTheDriversOwnWords();
};

void TestCudaDriver::saysWhenThereIsNoLibrary()
{
    const auto driver = CudaDriver::open("libcuda-that-is-not-there.so.1");
    VERIFY_ERROR(driver, ErrorCode::NotFound);
    QVERIFY(driver.error().detail.find("libcuda-that-is-not-there") != std::string::npos);
}

void TestCudaDriver::saysWhatALibraryLacks()
{
    const auto driver = CudaDriver::open("libc.so.6");
    VERIFY_ERROR(driver, ErrorCode::Unsupported);
    QVERIFY(driver.error().detail.find("cuInit") != std::string::npos);
    // By its versioned name: an older driver may have only an older one.
    QVERIFY(driver.error().detail.find("cuMemGetInfo_v2") != std::string::npos);
}

void TestCudaDriver::opensTheDriver()
{
    fake_cuda::fakeCuda().reset({.driverVersion = 13020});
    const auto driver = CudaDriver::open(fake_cuda::libraryPath());
    VERIFY_RESULT(driver);
    QCOMPARE((*driver)->version(), 13020);
    QCOMPARE((*driver)->versionText(), std::string{"CUDA 13.2"});
}

void TestCudaDriver::saysWhenTheDriverRefuses()
{
    fake_cuda::fakeCuda().reset({.initResult = CUDA_ERROR_NO_DEVICE});
    VERIFY_ERROR(CudaDriver::open(fake_cuda::libraryPath()), ErrorCode::DeviceError);
    fake_cuda::fakeCuda().reset({});
    fake_cuda::fakeCuda().failCall("cuDriverGetVersion", 1, CUDA_ERROR_INVALID_VALUE, fake_cuda::Fault::Once);
    VERIFY_ERROR(CudaDriver::open(fake_cuda::libraryPath()), ErrorCode::DeviceError);
}

void TestCudaDriver::mapsEveryCode_data()
{
    QTest::addColumn<int>("result");
    QTest::addColumn<ErrorCode>("expected");
    QTest::newRow("out of memory") << 2 << ErrorCode::OutOfDeviceMemory;
    for (const int code : {1, 3, 100, 101, 201, 304, 400, 401, 500, 600, 712, 713, 800, 801})
        QTest::addRow("survivable %d", code) << code << ErrorCode::DeviceError;
    // What cuda.h says ends the process, and ECC and NVLink
    for (const int code : {226, 700, 702, 710, 714, 715, 716, 717, 718, 719, 721, 810, 911, 214, 220})
        QTest::addRow("fatal %d", code) << code << ErrorCode::DeviceLost;
    for (const int code : {4, 709, 999, 998})
        QTest::addRow("gone or unknown %d", code) << code << ErrorCode::DeviceLost;
}

void TestCudaDriver::mapsEveryCode()
{
    QFETCH(const int, result);
    QFETCH(const ErrorCode, expected);
    const auto driver = CudaDriver::open(fake_cuda::libraryPath());
    VERIFY_RESULT(driver);
    const Error error = (*driver)->errorOf(static_cast<CUresult>(result), "cuMemMap");
    QCOMPARE(error.code, expected);
    QCOMPARE(*error.context.systemCode, result);
    QVERIFY(error.detail.starts_with("cuMemMap failed: "));
}

void TestCudaDriver::keepsTheDriversOwnWords()
{
    const auto driver = CudaDriver::open(fake_cuda::libraryPath());
    VERIFY_RESULT(driver);
    QCOMPARE((*driver)->errorOf(CUDA_ERROR_OUT_OF_MEMORY, "cuMemCreate").detail,
        std::string{"cuMemCreate failed: CUDA_ERROR_OUT_OF_MEMORY (out of memory)"});
    QCOMPARE((*driver)->errorOf(static_cast<CUresult>(998), "cuMemCreate").detail,
        std::string{"cuMemCreate failed: code 998 (unknown to the driver)"});
}

QTEST_APPLESS_MAIN(TestCudaDriver)
#include "test_cuda_driver.moc"
