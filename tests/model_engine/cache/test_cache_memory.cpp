// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/cache_memory.h"
#include "tests/support/recording_log.h"
#include "tests/support/resource_check.h"
#include "tests/support/scripted_device.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <array>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// A set of devices that a test can look into.
struct Machine {
    ScriptedDevice& add(DeviceKind kind)
    {
        auto device = std::make_unique<ScriptedDevice>(kMiB, kind);
        ScriptedDevice& added = *device;
        devices.devices.push_back(std::move(device));
        return added;
    }
    DeviceSet devices;
    RecordingLog log;
};

} // namespace

class TestCacheMemory : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void keepsToItsBudget();
    void takesAnotherBudget();
    void givesMemoryThatCanBeUsed();
    void registersEachSlabOnceWithEachGpu();
    void goesOnWhenRegisteringFails();

private:
    ResourceUse m_before;
};

void TestCacheMemory::keepsToItsBudget()
{
    Machine machine;
    CacheMemory memory{kMiB * 2, machine.devices, machine.log};
    auto first = memory.arena().allocate(std::array{kMiB, kKiB});
    VERIFY_RESULT(first);
    const auto second = memory.arena().allocate(std::array{kMiB});
    VERIFY_ERROR(second, ErrorCode::OutOfCacheBudget);
    QCOMPARE(*second.error().context.required, kMiB);
    QCOMPARE(*second.error().context.available, kMiB - kKiB * 4);
    QCOMPARE(second.error().context.memoryType, std::string{"cache budget"});
    first->clear();
    QCOMPARE(memory.arena().statistics().held, Bytes{});
    VERIFY_RESULT(memory.arena().allocate(std::array{kMiB * 2}));
}

void TestCacheMemory::takesAnotherBudget()
{
    Machine machine;
    CacheMemory memory{kMiB, machine.devices, machine.log};
    memory.setCapacity(kMiB * 3);
    auto places = memory.arena().allocate(std::array{kMiB * 2});
    VERIFY_RESULT(places);
    memory.setCapacity(kMiB); // less than is held: nothing is taken away, nothing new fits
    QCOMPARE(memory.arena().statistics().held, kMiB * 2);
    QCOMPARE(memory.arena().statistics().capacity, kMiB);
    const auto refused = memory.arena().allocate(std::array{kKiB});
    VERIFY_ERROR(refused, ErrorCode::OutOfCacheBudget);
    QCOMPARE(*refused.error().context.available, Bytes{});
    places->clear();
    VERIFY_RESULT(memory.arena().allocate(std::array{kKiB}));
}

void TestCacheMemory::givesMemoryThatCanBeUsed()
{
    Machine machine;
    CacheMemory memory{kMiB, machine.devices, machine.log};
    const auto places = memory.arena().allocate(std::array{Bytes{1000}, Bytes{}, Bytes{3}});
    VERIFY_RESULT(places);
    const auto bytes = hostBytes((*places)[0]);
    QCOMPARE(bytes.size(), 1000U);
    std::ranges::fill(bytes, std::byte{7});
    QCOMPARE(hostBytes((*places)[1]).size(), 0U);
    QVERIFY(std::ranges::all_of(hostBytes((*places)[2]), [](std::byte byte) { return byte == std::byte{}; }));
}

void TestCacheMemory::registersEachSlabOnceWithEachGpu()
{
    Machine machine;
    ScriptedDevice& gpu0 = machine.add(DeviceKind::Cuda);
    ScriptedDevice& gpu1 = machine.add(DeviceKind::Cuda);
    ScriptedDevice& host = machine.add(DeviceKind::Host);
    CacheMemory memory{kMiB * 8, machine.devices, machine.log};
    auto first = memory.arena().allocate(std::array{kMiB, kMiB}); // one slab
    auto second = memory.arena().allocate(std::array{kMiB}); // another one
    VERIFY_RESULT(first);
    VERIFY_RESULT(second);
    for (const ScriptedDevice* gpu : {&gpu0, &gpu1}) {
        QCOMPARE(gpu->registrations(), 2U);
        QCOMPARE(gpu->registeredBytes(), kMiB * 3);
    }
    QCOMPARE(host.registrations(), 0U);
    first->pop_back(); // the slab is still in use
    auto third = memory.arena().allocate(std::array{kMiB}); // in its free space
    VERIFY_RESULT(third);
    QCOMPARE(gpu0.registrations(), 2U);
    first->clear();
    third->clear();
    QCOMPARE(gpu0.registeredBytes(), kMiB);
    second->clear();
    QCOMPARE(gpu0.registrations() + gpu1.registrations(), 0U);
}

void TestCacheMemory::goesOnWhenRegisteringFails()
{
    Machine machine;
    ScriptedDevice& broken = machine.add(DeviceKind::Cuda);
    ScriptedDevice& gpu = machine.add(DeviceKind::Cuda);
    broken.failRegistrationAt = 0;
    CacheMemory memory{kMiB * 8, machine.devices, machine.log};
    auto places = memory.arena().allocate(std::array{kMiB});
    VERIFY_RESULT(places);
    QCOMPARE(broken.registrations(), 0U);
    QCOMPARE(gpu.registrations(), 1U);
    QCOMPARE(machine.log.count(LogLevel::Warning, "refuses the registration"), 1U);
    places->clear();
    QCOMPARE(gpu.registrations(), 0U);
}

QTEST_APPLESS_MAIN(TestCacheMemory)
#include "test_cache_memory.moc"
