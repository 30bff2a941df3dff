// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/cache_memory.h"
#include "model_engine/loader/transfer_lane.h"
#include "tests/support/gate.h"
#include "tests/support/recording_log.h"
#include "tests/support/resource_check.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/scripted_device.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <semaphore>
#include <stdexcept>

using namespace weightroom::engine;
using namespace weightroom::test;

class TestTransferLane : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void copiesWhatIsPushed();
    void takesStepsFromSeveralThreads();
    void finishesWithoutSteps();
    void reportsTheFirstError();
    void copiesNothingAfterAnError();
    void endsAtACancel();
    void waitsForTheCopyUnderWay();
    void abandonsWhatHasNotBegun();
    void letsTransfersTakeTurns();
    void runsWorkOnTheDevicesThread();
    void runsWorkBehindStepsUnderWay();
    void turnsExceptionsIntoErrors();
    void measuresBusyTime();
    void letsAnIdleDeviceRest();
    void leavesADeviceInUseAlone();
    void copiesOutOfPinnedSlabs();

private:
    /// A device with one place of kSize bytes for each of kPlaces copies.
    struct Rig {
        static constexpr std::size_t kPlaces = 8;
        static constexpr std::size_t kSize = 5000;

        Rig()
        {
            const std::vector<Bytes> sizes(kPlaces, Bytes{kSize});
            places = device.arena().allocate(sizes).value();
            for (std::size_t i = 0; i < kPlaces; ++i)
                sources.push_back(tensorPattern(std::to_string(i), kSize));
        }
        [[nodiscard]] CopyStep step(std::size_t i) const
        {
            return {std::as_bytes(std::span{sources[i]}), places[i].address()};
        }
        [[nodiscard]] bool isCopied(std::size_t i)
        {
            std::string back(kSize, '\0');
            return device.download(places[i].address(), std::as_writable_bytes(std::span{back})) && back == sources[i];
        }

        ScriptedDevice device{kMiB};
        RecordingLog log;
        std::vector<Allocation> places;
        std::vector<std::string> sources;
        TransferLane lane{device, log};
    };
    ResourceUse m_before;
};

void TestTransferLane::copiesWhatIsPushed()
{
    Rig rig;
    Bytes copied;
    Transfer transfer{rig.lane, {}, [&](Bytes bytes) { copied += bytes; }};
    for (std::size_t i = 0; i < Rig::kPlaces; ++i)
        transfer.push(rig.step(i));
    VERIFY_RESULT(transfer.finish());
    QCOMPARE(copied, Bytes{Rig::kPlaces * Rig::kSize});
    for (std::size_t i = 0; i < Rig::kPlaces; ++i)
        QVERIFY(rig.isCopied(i));
    VERIFY_RESULT(transfer.finish()); // again: nothing more to wait for
}

void TestTransferLane::takesStepsFromSeveralThreads()
{
    Rig rig;
    std::atomic<std::uint64_t> copied = 0;
    Transfer transfer{rig.lane, {}, [&](Bytes bytes) { copied += bytes.value; }};
    {
        std::vector<std::jthread> readers;
        for (std::size_t i = 0; i < Rig::kPlaces; ++i) {
            readers.emplace_back([&, i] {
                for (int round = 0; round < 100; ++round)
                    transfer.push(rig.step(i));
            });
        }
    }
    VERIFY_RESULT(transfer.finish());
    QCOMPARE(copied.load(), 100 * Rig::kPlaces * Rig::kSize);
    for (std::size_t i = 0; i < Rig::kPlaces; ++i)
        QVERIFY(rig.isCopied(i));
}

void TestTransferLane::finishesWithoutSteps()
{
    Rig rig;
    Transfer transfer{rig.lane, {}, {}};
    VERIFY_RESULT(transfer.finish());
    QCOMPARE(rig.device.uploads(), 0U);
}

void TestTransferLane::reportsTheFirstError()
{
    Rig rig;
    rig.device.failUploadAt = 1;
    rig.device.failWith = ErrorCode::DeviceLost;
    Transfer transfer{rig.lane, {}, {}};
    transfer.push(rig.step(0));
    VERIFY_RESULT(transfer.finish());
    transfer.push(rig.step(1));
    VERIFY_ERROR(transfer.finish(), ErrorCode::DeviceLost);
    VERIFY_ERROR(transfer.finish(), ErrorCode::DeviceLost);
    QVERIFY(rig.isCopied(0));
    QVERIFY(!rig.isCopied(1));
}

void TestTransferLane::copiesNothingAfterAnError()
{
    Rig rig;
    rig.device.failUploadAt = 0;
    bool hasRun = false;
    {
        Transfer transfer{rig.lane, {}, {}};
        transfer.push(rig.step(0));
        VERIFY_ERROR(transfer.finish(), ErrorCode::DeviceError);
        transfer.push(rig.step(1));
        VERIFY_ERROR(transfer.run([&](Device&) -> Result<> {
            hasRun = true;
            return {};
        }),
            ErrorCode::DeviceError);
    }
    QCOMPARE(rig.device.uploads(), 1U);
    QVERIFY(!hasRun);
    Transfer next{rig.lane, {}, {}}; // another load is not its victim
    next.push(rig.step(1));
    VERIFY_RESULT(next.finish());
    QVERIFY(rig.isCopied(1));
}

void TestTransferLane::endsAtACancel()
{
    Rig rig;
    std::stop_source stop;
    Gate gate;
    rig.device.onUpload = [&] { gate.pass(); };
    Transfer transfer{rig.lane, stop.get_token(), {}};
    transfer.push(rig.step(0));
    gate.waitForArrivals();
    stop.request_stop();
    transfer.push(rig.step(1));
    gate.open();
    VERIFY_ERROR(transfer.finish(), ErrorCode::Cancelled);
    QVERIFY(!rig.isCopied(0) && !rig.isCopied(1));
    QCOMPARE(rig.device.uploads(), 1U);
}

void TestTransferLane::waitsForTheCopyUnderWay()
{
    Rig rig;
    Gate gate;
    rig.device.onUpload = [&] { gate.pass(); };
    std::atomic<bool> isDestroyed = false;
    {
        auto transfer = std::make_unique<Transfer>(rig.lane, std::stop_token{}, Transfer::Progress{});
        transfer->push(rig.step(0));
        gate.waitForArrivals();
        const std::jthread destroyer{[&] {
            transfer.reset();
            isDestroyed = true;
        }};
        // The memory of the copy must not be given back before it has ended.
        for (int i = 0; i < 1000; ++i) {
            QVERIFY(!isDestroyed);
            std::this_thread::yield();
        }
        gate.open();
    }
    QVERIFY(isDestroyed);
    QVERIFY(rig.isCopied(0));
    QCOMPARE(rig.device.uploads(), 1U);
}

void TestTransferLane::abandonsWhatHasNotBegun()
{
    Rig rig;
    Gate gate;
    rig.device.onUpload = [&] { gate.pass(); };
    Transfer transfer{rig.lane, {}, {}};
    transfer.push(rig.step(0));
    gate.waitForArrivals();
    transfer.push(rig.step(1));
    transfer.abandon();
    gate.open();
    VERIFY_RESULT(transfer.finish());
    QVERIFY(rig.isCopied(0));
    QVERIFY(!rig.isCopied(1));
    QCOMPARE(rig.device.uploads(), 1U);
    transfer.push(rig.step(2)); // the transfer itself goes on
    VERIFY_RESULT(transfer.finish());
    QVERIFY(rig.isCopied(2));
}

void TestTransferLane::letsTransfersTakeTurns()
{
    Rig rig;
    std::vector<int> order;
    Gate gate;
    rig.device.onUpload = [&] { gate.pass(); };
    Transfer first{rig.lane, {}, [&](Bytes) { order.push_back(1); }};
    Transfer second{rig.lane, {}, [&](Bytes) { order.push_back(2); }};
    first.push(rig.step(0));
    gate.waitForArrivals();
    first.push(rig.step(1)); // comes after the other one's
    second.push(rig.step(2));
    gate.open();
    VERIFY_RESULT(first.finish());
    VERIFY_RESULT(second.finish());
    QCOMPARE(order, (std::vector<int>{1, 2, 1}));
}

void TestTransferLane::runsWorkOnTheDevicesThread()
{
    Rig rig;
    std::vector<std::thread::id> threads;
    rig.device.onUpload = [&] { threads.push_back(std::this_thread::get_id()); };
    Transfer transfer{rig.lane, {}, {}};
    transfer.push(rig.step(3));
    bool isAfterTheSteps = false;
    VERIFY_RESULT(transfer.run([&](Device& device) -> Result<> {
        threads.push_back(std::this_thread::get_id());
        isAfterTheSteps = &device == &rig.device && rig.isCopied(3);
        return {};
    }));
    QVERIFY(isAfterTheSteps);
    QCOMPARE(threads.size(), 2U);
    QVERIFY(threads[0] == threads[1]);
    QVERIFY(threads[0] != std::this_thread::get_id());
    VERIFY_ERROR(transfer.run([](Device&) -> Result<> { return fail(ErrorCode::VerificationFailed, "by the test"); }),
        ErrorCode::VerificationFailed);
}

void TestTransferLane::runsWorkBehindStepsUnderWay()
{
    Rig rig;
    Transfer transfer{rig.lane, {}, {}};
    int runs = 0;
    constexpr int kTimes = 500; // now and then the work comes while the step before it is copied
    for (int i = 0; i < kTimes; ++i) {
        transfer.push(rig.step(0));
        VERIFY_RESULT(transfer.run([&](Device&) -> Result<> {
            ++runs;
            return {};
        }));
    }
    QCOMPARE(runs, kTimes);
}

void TestTransferLane::turnsExceptionsIntoErrors()
{
    Rig rig;
    {
        Transfer transfer{rig.lane, {}, {}};
        const auto failed = transfer.run([](Device&) -> Result<> { throw std::runtime_error("the reason"); });
        VERIFY_ERROR(failed, ErrorCode::Internal);
        QCOMPARE(rig.log.count(LogLevel::Error, "the reason"), 1U);
    }
    {
        Transfer transfer{rig.lane, {}, {}};
        VERIFY_ERROR(transfer.run([](Device&) -> Result<> { throw std::bad_alloc{}; }), ErrorCode::OutOfHostMemory);
    }
    Transfer next{rig.lane, {}, {}};
    next.push(rig.step(0));
    VERIFY_RESULT(next.finish());
}

void TestTransferLane::measuresBusyTime()
{
    Rig rig;
    Transfer transfer{rig.lane, {}, {}};
    QCOMPARE(transfer.busyTime().count(), 0.0);
    transfer.push(rig.step(0));
    VERIFY_RESULT(transfer.finish());
    QVERIFY(transfer.busyTime().count() > 0.0);
}

void TestTransferLane::letsAnIdleDeviceRest()
{
    Rig rig;
    rig.device.usage = DeviceUse::Idle;
    std::counting_semaphore<> rested{0};
    rig.device.onRest = [&] { rested.release(); };
    const auto rests = [&] { return rested.try_acquire_for(std::chrono::seconds{30}); };
    TransferLane lane{rig.device, rig.log, nullptr, std::chrono::milliseconds{1}};
    QVERIFY(rests());
    QVERIFY(rests()); // again: it may have been used without a copy
    Transfer transfer{lane, {}, {}};
    transfer.push(rig.step(0));
    VERIFY_RESULT(transfer.finish());
    QVERIFY(rig.isCopied(0));
    QVERIFY(rests());
}

void TestTransferLane::leavesADeviceInUseAlone()
{
    for (const DeviceUse use : {DeviceUse::InUse, DeviceUse::Resting}) {
        Rig rig;
        rig.device.usage = use;
        std::atomic<int> rests = 0;
        rig.device.onRest = [&] { ++rests; };
        std::counting_semaphore<> asked{0};
        rig.device.onUseAsked = [&] { asked.release(); };
        {
            TransferLane lane{rig.device, rig.log, nullptr, std::chrono::milliseconds{1}};
            QVERIFY(asked.try_acquire_for(std::chrono::seconds{30}));
            QVERIFY(asked.try_acquire_for(std::chrono::seconds{30})); // after the first time it had let it rest
        }
        QCOMPARE(rests.load(), 0);
    }
}

void TestTransferLane::copiesOutOfPinnedSlabs()
{
    RecordingLog log;
    DeviceSet devices;
    devices.devices.push_back(std::make_unique<ScriptedDevice>(kMiB * 4, DeviceKind::Cuda));
    auto& gpu = static_cast<ScriptedDevice&>(*devices.devices.front());
    gpu.usage = DeviceUse::Resting;
    CacheMemory cache{kMiB * 16, devices, log};
    const auto first = cache.arena().allocate(std::array{kMiB});
    const auto second = cache.arena().allocate(std::array{kMiB});
    VERIFY_RESULT(first);
    VERIFY_RESULT(second);
    const auto places = gpu.arena().allocate(std::array{kMiB, kMiB});
    VERIFY_RESULT(places);
    std::vector<std::uint64_t> pinned;
    gpu.onUpload = [&] { pinned.push_back(gpu.registrations()); };
    TransferLane lane{gpu, log, &cache.pinning()};
    for (int round = 0; round < 2; ++round) {
        Transfer transfer{lane, {}, {}};
        transfer.push(CopyStep{hostBytes(first->front()), (*places)[0].address()});
        transfer.push(CopyStep{hostBytes(second->front()), (*places)[1].address()});
        VERIFY_RESULT(transfer.finish());
    }
    // One slab after the other, and once only.
    QCOMPARE(pinned[0], 1U);
    QCOMPARE(pinned[1], 2U);
    QCOMPARE(gpu.timesRegistered(), 2U);
}

QTEST_APPLESS_MAIN(TestTransferLane)
#include "test_transfer_lane.moc"
