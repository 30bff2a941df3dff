// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/cuda/cuda_context.h"
#include "tests/fake_nvml/fake_nvml_control.h"
#include "tests/model_engine/device/fake_gpu.h"
#include "tests/model_engine/monitor/watch/fake_gpu_view.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <cuda.h>

#include <latch>
#include <thread>

using namespace weightroom;
using namespace weightroom::engine;
using fake_cuda::fakeCuda;
using fake_cuda::Fault;

/// When there is a context on a GPU: it takes VRAM, so only while it is used.
class TestCudaContext : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void isThereFromTheFirstUseOn();
    void isNotNeededToSayWhatIsFree();
    void saysNoMoreFreeThanThereIs();
    void isNeededWhereNvmlDoesNotSay_data();
    void isNeededWhereNvmlDoesNotSay();
    void isGivenBackWhenTheDeviceRests();
    void staysWhileSomethingLiesThere();
    void staysWhileMemoryIsPinned();
    void isMadeAgainForTheNextLoad();
    void canBeRefusedAndGivenLater();
    void isRetainedOnceByManyThreads();
    void isNotGivenBackUnderACall();
    void isNotGivenBackUnderWhatIsBeingMade();
    void staysAwayFromALostGpu();
    void givesWhatADriverMayWantOneFor();

private:
    [[nodiscard]] static std::size_t contexts() { return fakeCuda().live().contexts; }
    [[nodiscard]] static std::unique_ptr<CudaContext> context()
    {
        auto driver = CudaDriver::open(fake_cuda::libraryPath());
        return driver ? std::make_unique<CudaContext>(*driver, CUdevice{0}, DeviceId{"GPU_0"}) : nullptr;
    }

    test::FakeGpuView m_view;
    std::unique_ptr<Device> m_device;
};

void TestCudaContext::init()
{
    QVERIFY(m_view.play("GPU-a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0")); // of the fake driver's first
    m_device = test::openFakeGpu({}, fake_nvml::libraryPath());
    QVERIFY(m_device);
}

void TestCudaContext::cleanup()
{
    m_device.reset();
    QVERIFY(fakeCuda().live() == fake_cuda::Live{});
}

void TestCudaContext::isThereFromTheFirstUseOn()
{
    QCOMPARE(contexts(), 0U);
    const auto place = allocateOne(*m_device, kMiB);
    VERIFY_RESULT(place);
    QCOMPARE(contexts(), 1U);
    QCOMPARE(fakeCuda().live().streams, 0U); // only copies want one
    const std::vector<std::byte> bytes = patternOf(1, kMiB);
    VERIFY_RESULT(write(*m_device, place->address(), bytes));
    VERIFY_RESULT(expectContent(*m_device, place->address(), bytes));
    QCOMPARE(fakeCuda().live().streams, 1U);
    QCOMPARE(fakeCuda().calls("cuDevicePrimaryCtxRetain"), 1U);
}

void TestCudaContext::isNotNeededToSayWhatIsFree()
{
    fake_nvml::fakeNvml().set("nvmlDeviceGetMemoryInfo_v2", "free", (kMiB * 300).value);
    const auto memory = m_device->memory();
    VERIFY_RESULT(memory);
    QCOMPARE(*memory->driverFree, kMiB * 300);
    QCOMPARE(*memory->driverTotal, kGiB);
    QCOMPARE(contexts(), 0U);

    const auto place = allocateOne(*m_device, kMiB * 10);
    VERIFY_RESULT(place);
    QCOMPARE(*m_device->memory()->driverFree, kGiB - kMiB * 10); // with a context CUDA says it
}

void TestCudaContext::saysNoMoreFreeThanThereIs()
{
    // NVML counts what the driver keeps for itself, CUDA does not.
    fake_nvml::fakeNvml().set("nvmlDeviceGetMemoryInfo_v2", "free", (kGiB * 2).value);
    QCOMPARE(*m_device->memory()->driverFree, kGiB);
}

void TestCudaContext::isNeededWhereNvmlDoesNotSay_data()
{
    QTest::addColumn<QString>("library");
    QTest::addColumn<bool>("isKnown");
    QTest::newRow("no NVML") << QStringLiteral("libnone-of-that-name.so.1") << true;
    QTest::newRow("another GPU") << QString::fromLatin1(fake_nvml::libraryPath()) << false;
    QTest::newRow("no memory of its own") << QString::fromLatin1(fake_nvml::libraryPath()) << true;
}

void TestCudaContext::isNeededWhereNvmlDoesNotSay()
{
    QFETCH(const QString, library);
    QFETCH(const bool, isKnown);
    QVERIFY(m_view.play(isKnown ? "GPU-a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0" : "GPU-another"));
    fake_nvml::fakeNvml().set("nvmlDeviceGetMemoryInfo_v2", "total", 0);
    fake_nvml::fakeNvml().remove("nvmlDeviceGetMemoryInfo");
    m_device = test::openFakeGpu({.foreignUse = kMiB.value * 24}, library.toStdString());
    QCOMPARE(*m_device->memory()->driverFree, kMiB * 1000);
    QCOMPARE(contexts(), 1U);
    m_device->rest(); // the next look would make it anew
    QCOMPARE(contexts(), 1U);
}

void TestCudaContext::isGivenBackWhenTheDeviceRests()
{
    {
        const std::vector<std::vector<std::byte>> tensors{patternOf(1, kMiB * 3), patternOf(2, Bytes{5})};
        VERIFY_RESULT(test::loadBatch(*m_device, tensors));
    }
    QCOMPARE(contexts(), 1U);
    m_device->rest();
    QVERIFY(fakeCuda().live() == fake_cuda::Live{});
    m_device->rest(); // again: there is nothing more to give
    QCOMPARE(fakeCuda().calls("cuDevicePrimaryCtxRelease"), 1U);
}

void TestCudaContext::staysWhileSomethingLiesThere()
{
    const std::vector<std::vector<std::byte>> tensors{patternOf(1, kMiB * 3)};
    const auto places = test::loadBatch(*m_device, tensors);
    VERIFY_RESULT(places);
    m_device->rest();
    QCOMPARE(contexts(), 1U);
    VERIFY_RESULT(expectContent(*m_device, places->front().address(), tensors.front()));
}

void TestCudaContext::staysWhileMemoryIsPinned()
{
    std::vector<std::byte> memory(10'000);
    {
        const auto pinned = m_device->registerHostMemory(memory);
        VERIFY_RESULT(pinned);
        m_device->rest();
        QCOMPARE(fakeCuda().live().registrations, 1U);
    }
    m_device->rest();
    QCOMPARE(contexts(), 0U);
}

void TestCudaContext::isMadeAgainForTheNextLoad()
{
    for (std::uint64_t round = 1; round <= 3; ++round) {
        const std::vector<std::vector<std::byte>> tensors{patternOf(round, kMiB * 40)};
        {
            const auto places = test::loadBatch(*m_device, tensors);
            VERIFY_RESULT(places);
            VERIFY_RESULT(expectContent(*m_device, places->front().address(), tensors.front()));
        }
        m_device->rest();
        QCOMPARE(fakeCuda().calls("cuDevicePrimaryCtxRetain"), round);
        QCOMPARE(contexts(), 0U);
    }
}

/// As by a program that has the GPU for itself (compute mode "exclusive process").
void TestCudaContext::canBeRefusedAndGivenLater()
{
    fakeCuda().failCall("cuDevicePrimaryCtxRetain", 1, CUDA_ERROR_DEVICE_UNAVAILABLE, Fault::Once);
    const auto refused = allocateOne(*m_device, kMiB);
    VERIFY_ERROR(refused, ErrorCode::DeviceError);
    QVERIFY(refused.error().detail.starts_with("cuDevicePrimaryCtxRetain"));
    QCOMPARE(refused.error().context.deviceId.text, std::string{"GPU_0"});
    QVERIFY(!m_device->lostReason());
    QCOMPARE(contexts(), 0U);
    VERIFY_RESULT(allocateOne(*m_device, kMiB));
}

void TestCudaContext::isRetainedOnceByManyThreads()
{
    constexpr int kThreads = 8;
    for (int round = 0; round < 20; ++round) {
        const auto shared = context();
        QVERIFY(shared);
        std::latch begin{kThreads};
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < kThreads; ++i) {
                threads.emplace_back([&] {
                    begin.arrive_and_wait();
                    std::size_t free = 0;
                    std::size_t total = 0;
                    static_cast<void>(ENGINE_CUDA_CALL(*shared, cuMemGetInfo, &free, &total));
                });
            }
        }
        QCOMPARE(contexts(), 1U);
        shared->giveBack();
        QCOMPARE(contexts(), 0U);
    }
}

void TestCudaContext::isNotGivenBackUnderACall()
{
    const auto shared = context();
    QVERIFY(shared);
    std::atomic<int> refused = 0;
    {
        const std::jthread giving{[&](const std::stop_token& stop) {
            while (!stop.stop_requested())
                shared->giveBack();
        }};
        for (int i = 0; i < 20'000; ++i) {
            std::size_t free = 0;
            std::size_t total = 0;
            if (!ENGINE_CUDA_CALL(*shared, cuMemGetInfo, &free, &total))
                ++refused;
        }
    }
    QCOMPARE(refused.load(), 0);
    shared->giveBack();
    QCOMPARE(contexts(), 0U);
}

void TestCudaContext::isNotGivenBackUnderWhatIsBeingMade()
{
    std::vector<std::byte> memory(10'000);
    int lost = 0;
    {
        const std::jthread resting{[&](const std::stop_token& stop) {
            while (!stop.stop_requested())
                m_device->rest();
        }};
        for (int i = 0; i < 3'000; ++i) {
            const auto pinned = m_device->registerHostMemory(memory);
            lost += pinned && fakeCuda().live().registrations == 1 ? 0 : 1;
        }
        for (int i = 0; i < 300; ++i) {
            const auto place = allocateOne(*m_device, kMiB);
            lost += place && fakeCuda().live().mappings == 1 ? 0 : 1;
        }
    }
    QCOMPARE(lost, 0);
    m_device->rest();
    QCOMPARE(contexts(), 0U);
}

void TestCudaContext::staysAwayFromALostGpu()
{
    fakeCuda().failCall("cuDevicePrimaryCtxRetain", 1, CUDA_ERROR_ECC_UNCORRECTABLE, Fault::Sticky);
    VERIFY_ERROR(allocateOne(*m_device, kMiB), ErrorCode::DeviceLost);
    VERIFY_ERROR(m_device->memory(), ErrorCode::DeviceLost);
    m_device->rest();
    m_device.reset();
    QCOMPARE(fakeCuda().callsAfterFault(), 0U);
}

/// cuda.h does not name the context among what this needs. Should a driver want one, the GPU is not refused for that.
void TestCudaContext::givesWhatADriverMayWantOneFor()
{
    m_device.reset();
    fakeCuda().reset({});
    fakeCuda().failCall("cuMemGetAllocationGranularity", 1, CUDA_ERROR_INVALID_CONTEXT, Fault::Once);
    NullLog log;
    const DeviceSet set = openDevices({.cudaLibrary = fake_cuda::libraryPath()}, log);
    QCOMPARE(set.devices.size(), 1U);
    QCOMPARE(fakeCuda().calls("cuMemGetAllocationGranularity"), 2U);
    VERIFY_RESULT(allocateOne(*set.devices.front(), kMiB));
}

QTEST_APPLESS_MAIN(TestCudaContext)
#include "test_cuda_context.moc"
