// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/memory_ledger.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <numeric>
#include <random>

using namespace weightroom::engine;

namespace {

constexpr std::int64_t kUs = 100;

Bytes sumOf(const MemoryLedger& ledger)
{
    return std::accumulate(ledger.entries.begin(), ledger.entries.end(), Bytes{},
        [](Bytes sum, const LedgerEntry& entry) { return sum + entry.size; });
}

/// A model of two components, and a load that goes on: 7 GiB of 8.
OwnMemory someMemory()
{
    return {
        .components = {{ModelId{"a"}, ComponentId{"unet"}, kGiB * 4}, {ModelId{"a"}, ComponentId{"vae"}, kMiB * 256}},
        .shared = kMiB * 256,
        .loading = {{ModelId{"b"}, kGiB * 2}},
        .overhead = kMiB * 512,
        .ready = {},
        .capacity = kGiB * 8};
}

NamedProcess process(
    std::int64_t id, std::optional<Bytes> memory, std::string name = {}, GpuWork work = GpuWork::Compute)
{
    return {{id, work, memory}, std::move(name)};
}

/// 24 GiB: 1 reserved, 7 ours and 0.5 around that, 3 of others, of which one does not say what it has.
DriverView someView()
{
    return {.total = kGiB * 24,
        .reserved = kGiB,
        .free = kGiB * 12,
        .processes = {process(7, kGiB, "blender", GpuWork::Graphics), process(kUs, kGiB * 7 + kMiB * 512),
            process(8, kGiB * 2, "python3"), process(9, std::nullopt)},
        .ownProcess = kUs,
        .heldThen = kGiB * 7};
}

} // namespace

class TestMemoryLedger : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tellsWhoHasWhat();
    void countsOnlyOwnMemoryWithoutADriver();
    void saysThatNothingIsKnownOfOthers();
    void keepsUnattributedApart();
    void isNotMisledByWhatWasTakenSince();
    void countsNoByteTwiceThatAProcessSharesWithUs();
    void doubtsADriverThatHasLessThanWeHold();
    void takesWhatIsReservedAsUsedWhereItIsNotTold();
    void addsUpWhateverIsSaid();
};

void TestMemoryLedger::tellsWhoHasWhat()
{
    const MemoryLedger ledger = makeLedger(someMemory(), someView());
    QCOMPARE(ledger.total, kGiB * 24);
    QCOMPARE(sumOf(ledger), ledger.total);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Component), kGiB * 4 + kMiB * 256);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Shared), kMiB * 256);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Loading), kGiB * 2);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Overhead), kMiB * 512);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Context), kMiB * 512);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Process), kGiB * 3);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Reserved), kGiB);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Unattributed), kMiB * 512);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Free), kGiB * 12);
    std::vector<LedgerEntry> processes;
    std::ranges::copy_if(ledger.entries, std::back_inserter(processes),
        [](const LedgerEntry& entry) { return entry.owner == LedgerOwner::Process; });
    const std::vector<LedgerEntry> expected{
        {.owner = LedgerOwner::Process,
            .size = kGiB * 2,
            .processId = 8,
            .name = "python3",
            .reported = kGiB * 2,
            .work = GpuWork::Compute},
        {.owner = LedgerOwner::Process,
            .size = kGiB,
            .processId = 7,
            .name = "blender",
            .reported = kGiB,
            .work = GpuWork::Graphics},
        {.owner = LedgerOwner::Process, .size = {}, .processId = 9, .work = GpuWork::Compute},
    };
    QVERIFY(processes == expected);
    QVERIFY(std::ranges::is_sorted(ledger.entries, {}, &LedgerEntry::owner));
}

void TestMemoryLedger::countsOnlyOwnMemoryWithoutADriver()
{
    OwnMemory own = someMemory();
    own.ready = kMiB * 100;
    const MemoryLedger ledger = makeLedger(own, {});
    QCOMPARE(ledger.total, kGiB * 8);
    QCOMPARE(sumOf(ledger), ledger.total);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Ready), kMiB * 100);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Free), kGiB - kMiB * 100);
    QVERIFY(ledger.areOthersKnown); // there are none
    const MemoryLedger empty = makeLedger({}, {});
    QCOMPARE(empty.entries.size(), 2U); // nothing is unattributed, nothing free
    QCOMPARE(sumOf(empty), Bytes{});
}

void TestMemoryLedger::saysThatNothingIsKnownOfOthers()
{
    DriverView view;
    view.isShared = true;
    const MemoryLedger ledger = makeLedger(someMemory(), view);
    QVERIFY(!ledger.areOthersKnown);
    QCOMPARE(ledger.total, kGiB * 8);
    QCOMPARE(sumOf(ledger), ledger.total);
    view.total = kGiB * 24; // without what is free
    QVERIFY(!makeLedger(someMemory(), view).areOthersKnown);
    view.free = kGiB * 12;
    QVERIFY(makeLedger(someMemory(), view).areOthersKnown);
    view.total = kGiB; // less than we hold
    QVERIFY(!makeLedger(someMemory(), view).areOthersKnown);
}

void TestMemoryLedger::keepsUnattributedApart()
{
    DriverView view = someView();
    view.processes.clear(); // as in a container
    const MemoryLedger ledger = makeLedger(someMemory(), view);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Process), Bytes{});
    QCOMPARE(ledger.sizeOf(LedgerOwner::Unattributed), kGiB * 4);
    QCOMPARE(sumOf(ledger), ledger.total);
}

void TestMemoryLedger::isNotMisledByWhatWasTakenSince()
{
    DriverView view = someView();
    view.heldThen = kGiB * 2; // 5 GiB came since; the driver's figures are from before
    view.free = kGiB * 17;
    view.processes[1].process.memory = kGiB * 2 + kMiB * 512;
    const MemoryLedger ledger = makeLedger(someMemory(), view);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Process), kGiB * 3);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Context), kMiB * 512);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Free), kGiB * 12);
    QCOMPARE(sumOf(ledger), ledger.total);
}

void TestMemoryLedger::countsNoByteTwiceThatAProcessSharesWithUs()
{
    DriverView view = someView();
    view.processes[2].process.memory = kGiB * 7; // it has attached to what is ours: the driver counts it there too
    const MemoryLedger ledger = makeLedger(someMemory(), view);
    QCOMPARE(sumOf(ledger), ledger.total);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Process), kGiB * 3 + kMiB * 512); // all that others can have
    QCOMPARE(ledger.sizeOf(LedgerOwner::Unattributed), Bytes{});
    QCOMPARE(ledger.sizeOf(LedgerOwner::Free), kGiB * 12);
    const auto first = std::ranges::find(ledger.entries, LedgerOwner::Process, &LedgerEntry::owner);
    QVERIFY(first->reported == kGiB * 7);
}

void TestMemoryLedger::doubtsADriverThatHasLessThanWeHold()
{
    DriverView view = someView();
    view.total = kGiB * 4;
    const MemoryLedger ledger = makeLedger(someMemory(), view);
    QCOMPARE(ledger.total, kGiB * 8);
    QCOMPARE(sumOf(ledger), ledger.total);
}

void TestMemoryLedger::takesWhatIsReservedAsUsedWhereItIsNotTold()
{
    DriverView view = someView();
    view.reserved.reset(); // an older driver: it is part of what is used
    const MemoryLedger ledger = makeLedger(someMemory(), view);
    QCOMPARE(ledger.sizeOf(LedgerOwner::Reserved), Bytes{});
    QCOMPARE(ledger.sizeOf(LedgerOwner::Unattributed), kGiB + kMiB * 512);
    QCOMPARE(sumOf(ledger), ledger.total);
}

void TestMemoryLedger::addsUpWhateverIsSaid()
{
    std::mt19937_64 random{20261127};
    const auto some = [&] {
        // Of all sizes, also absurd ones, but so that a sum of some still fits.
        return Bytes{random() >> (4 + random() % 60)};
    };
    const auto perhaps = [&] { return random() % 4 == 0 ? std::nullopt : std::optional{some()}; };
    for (int round = 0; round < 20'000; ++round) {
        OwnMemory own;
        for (std::uint64_t i = random() % 4; i > 0; --i)
            own.components.push_back({ModelId{"m"}, ComponentId{"c"}, some()});
        own.shared = some();
        own.overhead = some();
        own.ready = some();
        own.capacity = some();
        DriverView view{.total = perhaps(),
            .reserved = perhaps(),
            .free = perhaps(),
            .processes = {},
            .ownProcess = 1,
            .heldThen = some()};
        for (std::uint64_t i = random() % 5; i > 0; --i)
            view.processes.push_back(process(static_cast<std::int64_t>(i), perhaps()));
        const MemoryLedger ledger = makeLedger(own, view);
        QCOMPARE(sumOf(ledger), ledger.total);
        QVERIFY(ledger.total >= own.sum());
        QCOMPARE(std::ranges::count(ledger.entries, LedgerOwner::Free, &LedgerEntry::owner), 1);
        QCOMPARE(std::ranges::count(ledger.entries, LedgerOwner::Unattributed, &LedgerEntry::owner), 1);
    }
}

QTEST_APPLESS_MAIN(TestMemoryLedger)
#include "test_memory_ledger.moc"
