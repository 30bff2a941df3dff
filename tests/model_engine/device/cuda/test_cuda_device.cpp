// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/device/fake_gpu.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <cuda.h>

#include <thread>
#include <unistd.h>

using namespace weightroom;
using namespace weightroom::engine;
using fake_cuda::fakeCuda;
using fake_cuda::Fault;

/// How CudaDevice uses the driver. The contract is in test_device_contract, faults are in test_cuda_faults.
class TestCudaDevice : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_device = test::openFakeGpu(); }
    void cleanup();
    void mapsAndUnmapsSlabsInOrder();
    void reportsTheDriversMemory();
    void pinsAndUnpins();
    void sharesPinnedMemoryBetweenGpus();
    void saysWhyPinningWasRefused();
    void cancelsWhileCopiesAreHeld();
    void finishesCopiesBeforeItReturns();
    void restoresTheCurrentContext();
    void handsMemoryToOtherProcesses();
    void saysWhenTheDriverHandsNothingOut();
    void saysThatTheGpuHandsNothingOut();
    void leavesNothing();

private:
    std::unique_ptr<Device> m_device;
};

void TestCudaDevice::cleanup()
{
    m_device.reset();
    QVERIFY(fakeCuda().live() == fake_cuda::Live{});
}

void TestCudaDevice::mapsAndUnmapsSlabsInOrder()
{
    {
        const auto place = allocateOne(*m_device, Bytes{1});
        VERIFY_RESULT(place);
        const fake_cuda::Live live = fakeCuda().live();
        QCOMPARE(live.reservations, 1U);
        QCOMPARE(live.handles, 1U);
        QCOMPARE(live.mappings, 1U);
        QCOMPARE(live.memory, std::size_t{2} << 20U);
        QCOMPARE(m_device->arena().statistics().held, kMiB * 2);
    }
    // The fake refuses to free addresses that are still mapped: a wrong order would leave them.
    const fake_cuda::Live live = fakeCuda().live();
    QCOMPARE(live.reservations + live.handles + live.mappings + live.memory, 0U);
}

void TestCudaDevice::reportsTheDriversMemory()
{
    fakeCuda().reset({.foreignUse = kMiB.value * 100});
    const auto place = allocateOne(*m_device, kMiB * 10);
    VERIFY_RESULT(place);
    const auto memory = m_device->memory();
    VERIFY_RESULT(memory);
    QCOMPARE(*memory->driverTotal, kGiB);
    QCOMPARE(*memory->driverFree, kGiB - kMiB * 110);
    QCOMPARE(memory->ours.held, kMiB * 10);
}

void TestCudaDevice::pinsAndUnpins()
{
    std::vector<std::byte> memory(10'000);
    for (int round = 0; round < 3; ++round) {
        const auto registration = m_device->registerHostMemory(memory);
        VERIFY_RESULT(registration);
        QCOMPARE(fakeCuda().live().registrations, 1U);
    }
    QCOMPARE(fakeCuda().live().registrations, 0U);
}

void TestCudaDevice::sharesPinnedMemoryBetweenGpus()
{
    fakeCuda().reset({.gpus = 2});
    NullLog log;
    const DeviceSet set = openDevices({.cudaLibrary = fake_cuda::libraryPath()}, log);
    QCOMPARE(set.devices.size(), 2U);
    std::vector<std::byte> memory(10'000);
    const auto first = set.devices[0]->registerHostMemory(memory);
    const auto second = set.devices[1]->registerHostMemory(memory);
    VERIFY_RESULT(first);
    VERIFY_RESULT(second);
    QCOMPARE(fakeCuda().live().registrations, 1U);
}

void TestCudaDevice::saysWhyPinningWasRefused()
{
    std::vector<std::byte> memory(10'000);
    fakeCuda().failCall("cuMemHostRegister", 1, CUDA_ERROR_NOT_PERMITTED, Fault::Once);
    const auto refused = m_device->registerHostMemory(memory);
    VERIFY_ERROR(refused, ErrorCode::DeviceError);
    QCOMPARE(*refused.error().context.systemCode, static_cast<int>(CUDA_ERROR_NOT_PERMITTED));
    QVERIFY(!m_device->lostReason());
    VERIFY_RESULT(m_device->registerHostMemory(memory));
}

void TestCudaDevice::cancelsWhileCopiesAreHeld()
{
    const Bytes size = kMiB * 512;
    const auto place = allocateOne(*m_device, size);
    VERIFY_RESULT(place);
    const std::vector<std::byte> source(size.value);
    const CopyStep step{source, place->address()};
    std::stop_source stop;
    Result<> uploaded;
    fakeCuda().holdCopiesAfter(1);
    {
        const std::jthread transfer{[&] { uploaded = m_device->upload({&step, 1}, stop.get_token(), {}); }};
        fakeCuda().waitUntilHeld();
        stop.request_stop();
        fakeCuda().releaseCopies();
    }
    VERIFY_ERROR(uploaded, ErrorCode::Cancelled);
    QVERIFY2(fakeCuda().calls("cuMemcpyHtoDAsync") <= 4, "at most what was under way, and no more of the 8 blocks");
}

void TestCudaDevice::finishesCopiesBeforeItReturns()
{
    // The fake copies only when somebody waits: bytes that are there were waited for.
    const auto place = allocateOne(*m_device, Bytes{5000});
    VERIFY_RESULT(place);
    auto source = std::make_unique<std::vector<std::byte>>(patternOf(1, Bytes{5000}));
    const std::vector<std::byte> expected = *source;
    VERIFY_RESULT(write(*m_device, place->address(), *source));
    source.reset();
    VERIFY_RESULT(expectContent(*m_device, place->address(), expected));

    const CopyStep twice[] = {{expected, place->address()}, {expected, place->address() + (1ULL << 40U)}};
    VERIFY_ERROR(m_device->upload(twice, {}, {}), ErrorCode::DeviceError); // the second is not ours
    QVERIFY(!m_device->lostReason());
}

void TestCudaDevice::restoresTheCurrentContext()
{
    fakeCuda().reset({});
    VERIFY_RESULT(m_device->memory());
    fakeCuda().failCall("cuMemGetInfo", 1, CUDA_ERROR_INVALID_VALUE, Fault::Once);
    VERIFY_ERROR(m_device->memory(), ErrorCode::DeviceError);
    QCOMPARE(fakeCuda().calls("cuCtxPushCurrent"), 2U);
    QCOMPARE(fakeCuda().calls("cuCtxPopCurrent"), 2U);
}

void TestCudaDevice::handsMemoryToOtherProcesses()
{
    auto place = allocateOne(*m_device, kMiB);
    VERIFY_RESULT(place);
    const std::vector<std::byte> bytes(kMiB.value, std::byte{42});
    const CopyStep step{bytes, place->address()};
    VERIFY_RESULT(m_device->upload({&step, 1}, {}, [](Bytes) {}));
    const auto descriptor = place->slab()->exportDescriptor();
    VERIFY_RESULT(descriptor);
    *place = {};
    // As with the driver, the memory stays as long as anybody has it. (The fake's is a file.)
    std::byte read{};
    QCOMPARE(::pread(descriptor->get(), &read, 1, 0), ssize_t{1});
    QCOMPARE(read, std::byte{42});
}

void TestCudaDevice::saysWhenTheDriverHandsNothingOut()
{
    const auto place = allocateOne(*m_device, kMiB);
    VERIFY_RESULT(place);
    fakeCuda().failCall("cuMemExportToShareableHandle", 1, CUDA_ERROR_OUT_OF_MEMORY, Fault::Once);
    VERIFY_ERROR(place->slab()->exportDescriptor(), ErrorCode::OutOfDeviceMemory);
    VERIFY_RESULT(place->slab()->exportDescriptor());
}

void TestCudaDevice::saysThatTheGpuHandsNothingOut()
{
    m_device = test::openFakeGpu({.isExportable = 0});
    const auto place = allocateOne(*m_device, kMiB);
    VERIFY_RESULT(place);
    VERIFY_ERROR(place->slab()->exportDescriptor(), ErrorCode::Unsupported);
}

void TestCudaDevice::leavesNothing()
{
    m_device.reset();
    const auto before = test::currentResources();
    for (int round = 0; round < 2; ++round) {
        const auto device = test::openFakeGpu();
        const std::vector<std::vector<std::byte>> tensors{patternOf(1, kMiB * 3), patternOf(2, Bytes{5})};
        VERIFY_RESULT(test::loadBatch(*device, tensors));
    }
    VERIFY_NOTHING_LEFT(before);
}

QTEST_APPLESS_MAIN(TestCudaDevice)
#include "test_cuda_device.moc"
