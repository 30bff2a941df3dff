// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/cache_memory.h"
#include "tests/support/recording_log.h"
#include "tests/support/resource_check.h"
#include "tests/support/scripted_device.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sys/mman.h>

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

/// How many pages of these bytes are in memory.
std::size_t pagesThere(std::span<std::byte> bytes)
{
    std::vector<unsigned char> pages(bytes.size() / 4096);
    if (::mincore(bytes.data(), bytes.size(), pages.data()) != 0)
        return 0;
    return static_cast<std::size_t>(std::ranges::count_if(pages, [](unsigned char page) { return (page & 1U) != 0; }));
}

bool isMapped(std::span<std::byte> bytes)
{
    unsigned char page = 0;
    return ::mincore(bytes.data(), 4096, &page) == 0;
}

std::size_t mappings()
{
    std::ifstream maps{"/proc/self/maps"};
    return static_cast<std::size_t>(
        std::count(std::istreambuf_iterator<char>{maps}, std::istreambuf_iterator<char>{}, '\n'));
}

} // namespace

class TestCacheMemory : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void keepsToItsBudget();
    void takesAnotherBudget();
    void givesMemoryThatCanBeUsed();
    void registersEachSlabOnce();
    void registersWhatIsMadeReady();
    void registersWhatWasOnlyBegun();
    void goesOnWhenRegisteringFails();
    void takesPagesWhenTheyAreUsed();
    void leavesNothing();

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
    QCOMPARE(*second.error().context.available, kMiB - kKiB * 16); // sizes of slabs are classes
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

void TestCacheMemory::registersEachSlabOnce()
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
    QCOMPARE(gpu0.registrations(), 2U);
    QCOMPARE(gpu0.registeredBytes(), kMiB * 3);
    QCOMPARE(gpu1.registrations() + host.registrations(), 0U); // pinned for one is pinned for all
    first->pop_back(); // the slab is still in use
    auto third = memory.arena().allocate(std::array{kMiB}); // in its free space
    VERIFY_RESULT(third);
    QCOMPARE(gpu0.registrations(), 2U);
    first->clear();
    third->clear();
    second->clear();
    QCOMPARE(memory.pool().statistics().ready, kMiB * 2); // the small one is not worth it
    QCOMPARE(gpu0.registeredBytes(), kMiB * 2);
    auto recycled = memory.arena().allocate(std::array{kMiB * 2});
    VERIFY_RESULT(recycled);
    QCOMPARE(memory.pool().statistics().recycled, 1U);
    QCOMPARE(gpu0.timesRegistered(), 2U); // not once more
    recycled->clear();
    memory.pool().trim({});
    QCOMPARE(gpu0.registrations() + gpu1.registrations(), 0U);
}

/// In idle time: the pages, and then the registration as a step of its own.
void TestCacheMemory::registersWhatIsMadeReady()
{
    Machine machine;
    ScriptedDevice& gpu = machine.add(DeviceKind::Cuda);
    CacheMemory memory{kMiB * 8, machine.devices, machine.log};
    memory.pool().expect(kMiB * 4, kMiB * 4);
    QCOMPARE(memory.pool().fill(kMiB * 2).value(), SlabPool::Fill::More);
    QCOMPARE(memory.pool().statistics().ready, kMiB * 4);
    QCOMPARE(gpu.registrations(), 0U);
    while (memory.pool().fill(kMiB * 2).value() == SlabPool::Fill::More) { }
    QCOMPARE(gpu.registrations(), 1U);
    QCOMPARE(gpu.registeredBytes(), kMiB * 4);
    const auto places = memory.arena().allocate(std::array{kMiB * 4});
    VERIFY_RESULT(places);
    QCOMPARE(gpu.timesRegistered(), 1U);
}

/// A load that comes while a slab is made ready finishes it.
void TestCacheMemory::registersWhatWasOnlyBegun()
{
    Machine machine;
    ScriptedDevice& gpu = machine.add(DeviceKind::Cuda);
    CacheMemory memory{kMiB * 8, machine.devices, machine.log};
    memory.pool().expect(kMiB * 4, kMiB * 4);
    VERIFY_RESULT(memory.pool().fill(kMiB));
    VERIFY_RESULT(memory.pool().fill(kMiB));
    QCOMPARE(gpu.registrations(), 0U);
    const auto places = memory.arena().allocate(std::array{kMiB * 4});
    VERIFY_RESULT(places);
    QCOMPARE(gpu.registeredBytes(), kMiB * 4);
    std::ranges::fill(hostBytes(places->front()), std::byte{1});
}

void TestCacheMemory::takesPagesWhenTheyAreUsed()
{
    Machine machine;
    machine.add(DeviceKind::Host);
    CacheMemory memory{kMiB * 64, machine.devices, machine.log};
    auto places = memory.arena().allocate(std::array{kMiB * 16, kMiB * 16});
    VERIFY_RESULT(places);
    const auto bytes = hostBytes(places->front());
    QCOMPARE(pagesThere(bytes), std::size_t{0});
    VERIFY_RESULT(memory.takePages(bytes));
    QCOMPARE(pagesThere(bytes), bytes.size() / 4096);
    std::ranges::fill(bytes, std::byte{3});
    // Pages that were taken once stay so when the slab is used again.
    places->clear();
    places = memory.arena().allocate(std::array{kMiB * 16, kMiB * 16});
    VERIFY_RESULT(places);
    QCOMPARE(pagesThere(hostBytes(places->front())), bytes.size() / 4096);
    VERIFY_RESULT(memory.takePages({})); // and what belongs to no slab is left alone
    std::vector<std::byte> other(10);
    VERIFY_RESULT(memory.takePages(other));
}

void TestCacheMemory::leavesNothing()
{
    Machine machine;
    std::span<std::byte> bytes;
    const std::size_t before = mappings();
    {
        CacheMemory memory{kMiB * 64, machine.devices, machine.log};
        auto places = memory.arena().allocate(std::array{kMiB * 32});
        VERIFY_RESULT(places);
        bytes = hostBytes(places->front());
        VERIFY_RESULT(memory.takePages(bytes));
        places->clear();
        QCOMPARE(pagesThere(bytes), bytes.size() / 4096); // ready
        memory.pool().trim({});
        QVERIFY(!isMapped(bytes));
        VERIFY_NOTHING_LEFT(m_before);
    }
    QVERIFY(mappings() <= before + 1); // the heap may have grown
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
