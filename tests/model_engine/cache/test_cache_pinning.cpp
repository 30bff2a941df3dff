// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/cache_memory.h"
#include "tests/support/recording_log.h"
#include "tests/support/resource_check.h"
#include "tests/support/scripted_device.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <thread>

using namespace weightroom::engine;
using namespace weightroom::test;

/// When slabs of the cache are pinned: not for a GPU that nobody uses.
class TestCachePinning : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void pinsNewSlabsForAGpuInUse_data();
    void pinsNewSlabsForAGpuInUse();
    void pinsWhatIsCopied();
    void saysHowFarItNeedsNoMore();
    void leavesOtherMemoryAlone();
    void unpinsForAGpuThatRests();
    void keepsWhatAnotherGpuPinned();
    void unpinsNothingUnderCopies();
    void asksAGpuThatRefusedOnlyAfterItsRest();
    void unpinsWhatGoesMeanwhile();

private:
    /// Two GPUs that rest, and a cache with slabs of 4 MiB.
    struct Rig {
        [[nodiscard]] static DeviceSet restingGpus()
        {
            DeviceSet set;
            for (int i = 0; i < 2; ++i) {
                auto gpu = std::make_unique<ScriptedDevice>(kMiB, DeviceKind::Cuda);
                gpu->usage = DeviceUse::Resting;
                set.devices.push_back(std::move(gpu));
            }
            return set;
        }
        [[nodiscard]] ScriptedDevice* gpu(std::size_t i)
        {
            return static_cast<ScriptedDevice*>(devices.devices[i].get());
        }
        /// Each in a slab of its own.
        [[nodiscard]] std::vector<Allocation> slabs(std::size_t count)
        {
            std::vector<Allocation> places;
            for (std::size_t i = 0; i < count; ++i)
                places.push_back(std::move(memory.arena().allocate(std::array{kMiB * 4}).value().front()));
            return places;
        }
        [[nodiscard]] static CopyStep part(const Allocation& place, std::size_t begin, std::size_t size)
        {
            return {hostBytes(place).subspan(begin, size), 0};
        }

        DeviceSet devices = restingGpus();
        ScriptedDevice* const first = gpu(0);
        ScriptedDevice* const second = gpu(1);
        RecordingLog log;
        CacheMemory memory{kMiB * 64, devices, log};
        CachePinning& pinning = memory.pinning();
    };
    ResourceUse m_before;
};

void TestCachePinning::pinsNewSlabsForAGpuInUse_data()
{
    QTest::addColumn<DeviceUse>("use");
    QTest::addColumn<std::uint64_t>("pinned");
    QTest::newRow("resting") << DeviceUse::Resting << std::uint64_t{0};
    QTest::newRow("idle") << DeviceUse::Idle << std::uint64_t{2};
    QTest::newRow("in use") << DeviceUse::InUse << std::uint64_t{2};
}

void TestCachePinning::pinsNewSlabsForAGpuInUse()
{
    QFETCH(const DeviceUse, use);
    QFETCH(const std::uint64_t, pinned);
    Rig rig;
    rig.second->usage = use;
    const auto places = rig.slabs(2);
    QCOMPARE(rig.first->registrations(), 0U);
    QCOMPARE(rig.second->registrations(), pinned);
}

void TestCachePinning::pinsWhatIsCopied()
{
    Rig rig;
    const auto places = rig.slabs(2);
    const std::array steps{Rig::part(places[1], 100, 50)};
    const auto copying = rig.pinning.beginCopying();
    QCOMPARE(rig.pinning.pinNext(*rig.first, steps), 1U);
    QCOMPARE(rig.first->registrations(), 1U);
    QCOMPARE(rig.first->registeredBytes(), kMiB * 4); // all of the slab
    QCOMPARE(rig.pinning.pinNext(*rig.first, steps), 1U);
    QCOMPARE(rig.pinning.pinNext(*rig.second, steps), 1U); // pinned for one is pinned for all
    QCOMPARE(rig.first->timesRegistered() + rig.second->timesRegistered(), 1U);
}

void TestCachePinning::saysHowFarItNeedsNoMore()
{
    Rig rig;
    const auto places = rig.slabs(3);
    const std::size_t end = (kMiB * 4).value;
    const std::array steps{Rig::part(places[0], 0, 10), Rig::part(places[0], end - 10, 10), Rig::part(places[1], 0, 10),
        Rig::part(places[0], 20, 10), Rig::part(places[2], 0, 10)};
    const auto copying = rig.pinning.beginCopying();
    const std::span<const CopyStep> all{steps};
    QCOMPARE(rig.pinning.pinNext(*rig.first, all), 2U);
    QCOMPARE(rig.pinning.pinNext(*rig.first, all.subspan(2)), 2U); // the first slab is pinned already
    QCOMPARE(rig.pinning.pinNext(*rig.first, all.subspan(4)), 1U);
    QCOMPARE(rig.pinning.pinNext(*rig.first, all), 5U);
    QCOMPARE(rig.first->registrations(), 3U);
}

void TestCachePinning::leavesOtherMemoryAlone()
{
    Rig rig;
    const auto places = rig.slabs(1);
    const std::vector<std::byte> other(100);
    const std::array steps{CopyStep{other, 0}, CopyStep{{}, 0}, CopyStep{other, 0}};
    const auto copying = rig.pinning.beginCopying();
    QCOMPARE(rig.pinning.pinNext(*rig.first, steps), 3U);
    QCOMPARE(rig.first->registrations(), 0U);
}

void TestCachePinning::unpinsForAGpuThatRests()
{
    Rig rig;
    rig.first->usage = DeviceUse::InUse;
    auto places = rig.slabs(2);
    places.pop_back(); // ready for the next load
    QCOMPARE(rig.first->registrations(), 2U);
    rig.pinning.release(*rig.first);
    QCOMPARE(rig.first->registrations(), 0U);
    const std::array steps{Rig::part(places[0], 0, 1)};
    const auto copying = rig.pinning.beginCopying();
    QCOMPARE(rig.pinning.pinNext(*rig.first, steps), 1U); // and again when it is copied
    QCOMPARE(rig.first->registrations(), 1U);
}

void TestCachePinning::keepsWhatAnotherGpuPinned()
{
    Rig rig;
    rig.first->usage = DeviceUse::InUse;
    const auto places = rig.slabs(1);
    rig.pinning.release(*rig.second);
    QCOMPARE(rig.first->registrations(), 1U);
}

void TestCachePinning::unpinsNothingUnderCopies()
{
    Rig rig;
    rig.first->usage = DeviceUse::InUse;
    const auto places = rig.slabs(1);
    {
        const auto copying = rig.pinning.beginCopying();
        std::jthread{[&] { rig.pinning.release(*rig.first); }}.join(); // as the thread of another device
        QCOMPARE(rig.first->registrations(), 1U);
    }
    rig.pinning.release(*rig.first);
    QCOMPARE(rig.first->registrations(), 0U);
}

void TestCachePinning::asksAGpuThatRefusedOnlyAfterItsRest()
{
    Rig rig;
    rig.first->failRegistrationAt = 0;
    const auto places = rig.slabs(1);
    const std::array steps{Rig::part(places[0], 0, 1)};
    const auto copying = [&](ScriptedDevice& gpu) {
        const auto held = rig.pinning.beginCopying();
        return rig.pinning.pinNext(gpu, steps);
    };
    for (int round = 0; round < 3; ++round)
        QCOMPARE(copying(*rig.first), 1U); // copied as it is
    QCOMPARE(rig.log.count(LogLevel::Warning, "refuses the registration"), 1U);
    rig.first->failRegistrationAt = ScriptedDevice::kNever;
    QCOMPARE(copying(*rig.first), 1U);
    QCOMPARE(rig.first->registrations(), 0U);
    rig.pinning.release(*rig.first);
    QCOMPARE(copying(*rig.first), 1U);
    QCOMPARE(rig.first->registrations(), 1U);
}

/// Whoever gives slabs back and whoever unpins them do not agree on a moment.
void TestCachePinning::unpinsWhatGoesMeanwhile()
{
    Rig rig;
    rig.first->usage = DeviceUse::InUse;
    {
        const std::jthread resting{[&](const std::stop_token& stop) {
            while (!stop.stop_requested())
                rig.pinning.release(*rig.first);
        }};
        for (int round = 0; round < 100; ++round) {
            auto places = rig.slabs(3);
            const std::array steps{Rig::part(places[0], 0, 1), Rig::part(places[2], 0, 1)};
            {
                const auto copying = rig.pinning.beginCopying();
                (void)rig.pinning.pinNext(*rig.first, steps);
            }
            places.clear();
            rig.memory.pool().trim({});
        }
    }
    QCOMPARE(rig.first->registrations(), 0U);
    QCOMPARE(rig.first->registeredBytes(), Bytes{});
}

QTEST_APPLESS_MAIN(TestCachePinning)
#include "test_cache_pinning.moc"
