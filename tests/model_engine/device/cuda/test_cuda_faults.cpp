// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/host_device.h"
#include "tests/model_engine/device/fake_gpu.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <cuda.h>

using namespace weightroom;
using namespace weightroom::engine;
using fake_cuda::fakeCuda;
using fake_cuda::Fault;
using fake_cuda::Live;

/// What CudaDevice does when the driver fails: rolls back after what can be survived, and never calls again after the
/// rest.
class TestCudaFaults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup();
    void rollsBackOutOfMemoryAtEveryCall();
    void losesTheDeviceAtEveryCall();
    void losesTheDeviceForGood_data();
    void losesTheDeviceForGood();
    void keepsTheFirstReason();
    void losesTheDeviceWhenWaitingFails();
    void losesOneGpuAndKeepsTheRest();
    void namesWhatTheDriverHasLeft();

private:
    enum class Releasing { No, Yes };
    static std::uint64_t countCalls(std::span<const std::vector<std::byte>> tensors, Releasing releasing);

    /// Small tensors, and more than one window of copies.
    static std::vector<std::vector<std::byte>> batch()
    {
        std::vector<std::vector<std::byte>> tensors;
        for (const Bytes size : {Bytes{1}, Bytes{700}, kMiB * 33, kMiB * 33 + Bytes{1}})
            tensors.push_back(patternOf(size.value, size));
        return tensors;
    }
};

void TestCudaFaults::cleanup()
{
    fakeCuda().reset({});
    fakeCuda().endProcess();
}

/// Calls of the driver that loading `tensors` takes, and giving them back.
std::uint64_t TestCudaFaults::countCalls(std::span<const std::vector<std::byte>> tensors, Releasing releasing)
{
    const auto device = test::openFakeGpu();
    fakeCuda().reset({});
    auto loaded = test::loadBatch(*device, tensors);
    if (loaded && releasing == Releasing::Yes)
        loaded->clear();
    return loaded ? fakeCuda().calls("") : 0;
}

void TestCudaFaults::rollsBackOutOfMemoryAtEveryCall()
{
    const auto tensors = batch();
    const std::uint64_t calls = countCalls(tensors, Releasing::No);
    QVERIFY(calls > 20);
    std::uint64_t failures = 0;
    for (std::uint64_t n = 1; n <= calls; ++n) {
        fakeCuda().endProcess();
        const auto device = test::openFakeGpu();
        QVERIFY(device);
        const Live before = fakeCuda().live();
        fakeCuda().reset({});
        fakeCuda().failCall("", n, CUDA_ERROR_OUT_OF_MEMORY, Fault::Once);
        const auto loaded = test::loadBatch(*device, tensors);
        if (loaded || device->lostReason()) // refused to restore the context; or to wait for copies, which is a loss
            continue;
        ++failures;
        QCOMPARE(loaded.error().code, ErrorCode::OutOfDeviceMemory);
        QCOMPARE(device->arena().statistics().held, Bytes{});
        device->rest();
        QVERIFY2(fakeCuda().live() == before, qPrintable(QStringLiteral("call %1").arg(n)));
        VERIFY_RESULT(allocateOne(*device, kMiB * 100));
    }
    QVERIFY(failures > calls / 2);
}

void TestCudaFaults::losesTheDeviceAtEveryCall()
{
    const auto tensors = batch();
    const std::uint64_t calls = countCalls(tensors, Releasing::Yes);
    QVERIFY(calls > 30);
    for (std::uint64_t n = 1; n <= calls; ++n) {
        fakeCuda().endProcess();
        auto device = test::openFakeGpu();
        QVERIFY(device);
        fakeCuda().reset({});
        fakeCuda().failCall("", n, CUDA_ERROR_ILLEGAL_ADDRESS, Fault::Sticky);
        static_cast<void>(test::loadBatch(*device, tensors));
        QVERIFY2(device->lostReason(), qPrintable(QStringLiteral("call %1").arg(n)));
        device.reset();
        QCOMPARE(fakeCuda().callsAfterFault(), 0U);
    }
}

void TestCudaFaults::losesTheDeviceForGood_data()
{
    QTest::addColumn<int>("code");
    for (const int code : {226, 700, 702, 710, 714, 715, 716, 717, 718, 719, 721, 810, 911, 214, 220, 999, 998})
        QTest::addRow("code %d", code) << code;
}

void TestCudaFaults::losesTheDeviceForGood()
{
    QFETCH(const int, code);
    auto device = test::openFakeGpu();
    QVERIFY(device);
    std::vector<std::byte> memory(5000);
    {
        const auto kept = allocateOne(*device, Bytes{5000});
        VERIFY_RESULT(kept);
        const auto pinned = device->registerHostMemory(memory);
        VERIFY_RESULT(pinned);

        fakeCuda().failCall("cuMemcpyHtoDAsync", 1, code, Fault::Sticky);
        const auto uploaded = write(*device, kept->address(), memory);
        VERIFY_ERROR(uploaded, ErrorCode::DeviceLost);
        QCOMPARE(*uploaded.error().context.systemCode, code);
        QCOMPARE(uploaded.error().context.deviceId.text, std::string{"GPU_0"});

        VERIFY_ERROR(write(*device, kept->address(), memory), ErrorCode::DeviceLost);
        VERIFY_ERROR(device->download(kept->address(), memory), ErrorCode::DeviceLost);
        VERIFY_ERROR(device->copyWithin(kept->address(), kept->address() + 512, Bytes{1}), ErrorCode::DeviceLost);
        VERIFY_ERROR(device->memory(), ErrorCode::DeviceLost);
        VERIFY_ERROR(device->registerHostMemory(memory), ErrorCode::DeviceLost);
        VERIFY_ERROR(allocateOne(*device, kMiB * 600), ErrorCode::DeviceLost);
        QCOMPARE(device->lostReason()->code, ErrorCode::DeviceLost);
    } // the place and the registration go: without a call
    device.reset();
    QCOMPARE(fakeCuda().callsAfterFault(), 0U);

    HostDevice host{{"HOST_0"}, kMiB};
    const auto place = allocateOne(host, Bytes{5000});
    VERIFY_RESULT(place);
    VERIFY_RESULT(write(host, place->address(), memory));
}

void TestCudaFaults::keepsTheFirstReason()
{
    const auto device = test::openFakeGpu();
    fakeCuda().failCall("cuMemGetInfo", 1, 719, Fault::Once);
    VERIFY_ERROR(device->memory(), ErrorCode::DeviceLost);
    const auto second = device->memory();
    VERIFY_ERROR(second, ErrorCode::DeviceLost);
    QCOMPARE(*second.error().context.systemCode, 719);
    QCOMPARE(second.error().detail, device->lostReason()->detail);
    QVERIFY(second.error().detail.starts_with("cuMemGetInfo"));
}

void TestCudaFaults::losesTheDeviceWhenWaitingFails()
{
    // Copies may be under way that read memory of the caller: no code makes that survivable.
    const auto device = test::openFakeGpu();
    const auto place = allocateOne(*device, Bytes{5000});
    VERIFY_RESULT(place);
    const std::vector<std::byte> memory(5000);
    fakeCuda().failCall("cuStreamSynchronize", 1, CUDA_ERROR_INVALID_VALUE, Fault::Once);
    VERIFY_ERROR(write(*device, place->address(), memory), ErrorCode::DeviceLost);
    QVERIFY(device->lostReason());
}

void TestCudaFaults::losesOneGpuAndKeepsTheRest()
{
    fakeCuda().reset({.gpus = 2});
    NullLog log;
    DeviceSettings settings{.hostDevices = {{kMiB}}, .cudaLibrary = fake_cuda::libraryPath()};
    const DeviceSet set = openDevices(settings, log);
    QCOMPARE(set.devices.size(), 3U);
    fakeCuda().failCall("cuMemGetInfo", 1, 700, Fault::Once);
    VERIFY_ERROR(set.devices[0]->memory(), ErrorCode::DeviceLost);
    VERIFY_RESULT(set.devices[1]->memory());
    const auto place = allocateOne(*set.devices[1], Bytes{100});
    VERIFY_RESULT(place);
    VERIFY_RESULT(write(*set.devices[1], place->address(), patternOf(1, Bytes{100})));
    VERIFY_RESULT(set.devices[2]->memory());
}

void TestCudaFaults::namesWhatTheDriverHasLeft()
{
    // Another process took most of the memory after the budget was made.
    const auto device = test::openFakeGpu();
    const ArenaStatistics before = device->arena().statistics();
    fakeCuda().reset({.foreignUse = kMiB.value * 1000});
    const auto place = allocateOne(*device, kMiB * 100);
    VERIFY_ERROR(place, ErrorCode::OutOfDeviceMemory);
    QCOMPARE(*place.error().context.required, kMiB * 100);
    QCOMPARE(*place.error().context.available, kMiB * 24);
    QCOMPARE(place.error().context.memoryType, std::string{"vram"});
    QCOMPARE(device->arena().statistics().held, before.held);
    VERIFY_RESULT(allocateOne(*device, kMiB * 20));
}

QTEST_APPLESS_MAIN(TestCudaFaults)
#include "test_cuda_faults.moc"
