// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/device/fake_gpu.h"
#include "tests/model_engine/loader/cache_scene.h"
#include "tests/model_engine/loader/compaction_rig.h"
#include "tests/model_engine/loader/small_device.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <thread>

using namespace weightroom::engine;
using namespace weightroom::test;
using weightroom::fake_cuda::fakeCuda;
using weightroom::fake_cuda::Fault;

namespace {

constexpr std::uint64_t kTensor = 10 * 1024;
constexpr Bytes kUsed{kTensor * CompactionRig::kSparseSlabs};
constexpr Bytes kSparse{kTensor * 6 * CompactionRig::kSparseSlabs};

/// Four sparse slabs on a small device.
struct SparseScene {
    SparseScene() { rig.makeSparse(kTensor); }
    /// Leaves no room for new slabs.
    void fillBudget() { device.budget.setCapacity(held()); }
    [[nodiscard]] Bytes held() { return rig.statistics().held; }

    SmallDevice device{kMiB};
    CompactionRig rig{device};
};

/// The fake GPU's memory is ours: it can be looked at even when the driver answers no more.
bool readDirectly(std::uint64_t address, std::span<std::byte> bytes)
{
    std::memcpy(bytes.data(), reinterpret_cast<const void*>(address), bytes.size());
    return true;
}

} // namespace

class TestCompactor : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void bringsTogetherWhatIsSparse();
    void findsNothingWhereAllIsFull();
    void bringsTogetherWhatIsCached_data();
    void bringsTogetherWhatIsCached();
    void laterLoadsShareWithWhatWasMoved();
    void staysWithinAFullBudget();
    void makesTheBestOfAShortage();
    void failsCleanlyAtEveryCopy();
    void failsCleanlyAtEverySlab();
    void canBeCancelledAfterEveryTensor();
    void leavesWhatIsLeased_data();
    void leavesWhatIsLeased();
    void leavesWhatIsTakenMeanwhile_data();
    void leavesWhatIsTakenMeanwhile();
    void keepsWhatWasExchangedBefore();
    void forgetsWhatIsUnloadedMeanwhile();
    void givesWayToALoad();
    void isOneAtATime();
    void survivesEveryFaultOfTheDriver_data();
    void survivesEveryFaultOfTheDriver();
    void worksBesideLoads();
};

void TestCompactor::bringsTogetherWhatIsSparse()
{
    SparseScene scene;
    QCOMPARE(scene.held(), kSparse);
    Bytes planned;
    Bytes moved;
    const auto outcome = scene.rig.compact(
        {.stop = {}, .planned = [&](Bytes size) { planned += size; }, .moved = [&](Bytes size) { moved += size; }});
    VERIFY_RESULT(outcome);
    // Three into the free space of the fourth, and all four into a slab of their size.
    QCOMPARE(outcome->tensorsMoved, 7U);
    QCOMPARE(outcome->moved, Bytes{7 * kTensor});
    QVERIFY(planned == outcome->moved && moved == planned);
    QCOMPARE(outcome->before.held, kSparse);
    QCOMPARE(outcome->after.held, kUsed);
    QCOMPARE(outcome->after.allocated, kUsed);
    QCOMPARE(outcome->freed, kSparse - kUsed);
    QCOMPARE(outcome->predicted, outcome->freed);
    QVERIFY(!outcome->isGivenUp && outcome->keptByUse == Bytes{} && outcome->keptByShortage == Bytes{});
    QCOMPARE(scene.rig.exchanges, 2);
    QCOMPARE(scene.device.source.live(), kUsed);
    QCOMPARE(scene.rig.violation(), std::string{});
}

void TestCompactor::findsNothingWhereAllIsFull()
{
    SmallDevice device{kMiB};
    CompactionRig rig{device};
    const auto empty = rig.compact();
    VERIFY_RESULT(empty);
    QCOMPARE(empty->after.held, Bytes{});
    rig.load("a", {{1, kTensor}, {2, kTensor}});
    const auto full = rig.compact();
    VERIFY_RESULT(full);
    QCOMPARE(full->tensorsMoved, 0U);
    QCOMPARE(rig.exchanges, 0);
}

void TestCompactor::bringsTogetherWhatIsCached_data()
{
    QTest::addColumn<quint64>("front");
    QTest::newRow("from the beginning of its places") << quint64{0};
    QTest::newRow("in step with a file") << quint64{1234};
}

void TestCompactor::bringsTogetherWhatIsCached()
{
    QFETCH(quint64, front);
    CacheScene scene;
    scene.add("abcd", 3'000'000, front);
    scene.add("efgh", 3'000'000, front);
    QVERIFY(scene.cache.use({{"b"}, {"unet"}}, {}));
    for (const char* gone : {"a", "c", "d", "f", "g", "h"})
        scene.cache.removeModel({gone}).clear();
    const Bytes before = scene.memory.arena().statistics().held;
    const auto outcome = scene.compact();
    VERIFY_RESULT(outcome);
    QVERIFY(outcome->after.held < before);
    QCOMPARE(outcome->freed, before - outcome->after.held);
    QVERIFY(
        static_cast<double>(outcome->after.allocated.value) >= 0.98 * static_cast<double>(outcome->after.held.value));
    QVERIFY(scene.areBytesRight());
    const auto entries = scene.cache.entries();
    QCOMPARE(entries.size(), 2U);
    QCOMPARE(entries[0].hits, 1U);
    QVERIFY(!entries[0].isInUse && !entries[1].isInUse);
}

void TestCompactor::laterLoadsShareWithWhatWasMoved()
{
    SparseScene scene;
    VERIFY_RESULT(scene.rig.compact());
    QVERIFY(scene.rig.load("again", {{0, kTensor}, {101, kTensor}}, CompactionRig::Sharing::EqualContents));
    QCOMPARE(scene.rig.statistics().allocated, kUsed);
    QCOMPARE(scene.rig.violation(), std::string{});
}

void TestCompactor::staysWithinAFullBudget()
{
    SparseScene scene;
    scene.fillBudget();
    const auto outcome = scene.rig.compact();
    VERIFY_RESULT(outcome);
    QCOMPARE(outcome->after.held, kUsed); // the first step has made room for the second

    // Four of six are left: they fit into no other slab, and there is none to be had.
    SparseScene full;
    full.rig.unloadAll();
    for (std::uint32_t slab = 0; slab < 2; ++slab) {
        std::vector<SeededTensor> tensors;
        for (std::uint32_t i = 0; i < 6; ++i)
            tensors.push_back({100 * slab + i, kTensor});
        full.rig.load("gone " + std::to_string(slab), tensors, CompactionRig::Sharing::EqualContents);
        tensors.resize(4);
        full.rig.load("kept " + std::to_string(slab), tensors, CompactionRig::Sharing::EqualContents);
    }
    full.rig.unload("gone 0");
    full.rig.unload("gone 1");
    full.fillBudget();
    const auto kept = full.rig.compact();
    VERIFY_RESULT(kept);
    QCOMPARE(kept->tensorsMoved, 0U);
    QCOMPARE(kept->keptByShortage, Bytes{kTensor * 4});
    full.device.budget.setCapacity(kMiB);
    VERIFY_RESULT(full.rig.compact());
    QCOMPARE(full.held(), Bytes{kTensor * 8});
    QCOMPARE(full.rig.violation(), std::string{});
}

void TestCompactor::makesTheBestOfAShortage()
{
    SparseScene scene;
    scene.device.source.reset();
    scene.device.source.failAt = 0;
    scene.device.source.failWith = ErrorCode::OutOfDeviceMemory;
    const auto outcome = scene.rig.compact();
    VERIFY_RESULT(outcome);
    QCOMPARE(outcome->after.held, Bytes{kTensor * 6}); // what free space alone allows
    QCOMPARE(outcome->keptByShortage, Bytes{kTensor * 2});
    QCOMPARE(outcome->keptByUse, Bytes{});
    QCOMPARE(scene.rig.violation(), std::string{});
}

void TestCompactor::failsCleanlyAtEveryCopy()
{
    for (std::uint64_t n = 0;; ++n) {
        SparseScene scene;
        scene.device.failCopyAt = n;
        const auto outcome = scene.rig.compact();
        QCOMPARE(scene.rig.violation(), std::string{});
        if (outcome) {
            QCOMPARE(n, 7U);
            break;
        }
        VERIFY_ERROR(outcome, ErrorCode::DeviceError);
        QCOMPARE(scene.held(), n < 3 ? kSparse : Bytes{kTensor * 6}); // the first step stays
        QCOMPARE(scene.rig.statistics().allocated, kUsed);
        scene.device.reset();
        VERIFY_RESULT(scene.rig.compact());
        QCOMPARE(scene.held(), kUsed);
    }
}

void TestCompactor::failsCleanlyAtEverySlab()
{
    SparseScene scene;
    scene.device.source.reset();
    scene.device.source.failAt = 0;
    VERIFY_ERROR(scene.rig.compact(), ErrorCode::DeviceError);
    QCOMPARE(scene.held(), Bytes{kTensor * 6});
    QCOMPARE(scene.rig.violation(), std::string{});
    scene.device.reset();
    VERIFY_RESULT(scene.rig.compact());
    QCOMPARE(scene.held(), kUsed);
}

void TestCompactor::canBeCancelledAfterEveryTensor()
{
    for (int n = 1;; ++n) {
        SparseScene scene;
        std::stop_source stop;
        int moved = 0;
        const auto outcome = scene.rig.compact({.stop = stop.get_token(), .planned = {}, .moved = [&](Bytes) {
                                                    if (++moved == n)
                                                        stop.request_stop();
                                                }});
        QCOMPARE(scene.rig.violation(), std::string{});
        QVERIFY(scene.held() <= kSparse);
        if (outcome) {
            QCOMPARE(n, 8);
            break;
        }
        VERIFY_ERROR(outcome, ErrorCode::Cancelled);
        QCOMPARE(scene.rig.statistics().allocated, kUsed);
    }
    SparseScene scene;
    std::stop_source stop;
    stop.request_stop();
    VERIFY_ERROR(scene.rig.compact({.stop = stop.get_token(), .planned = {}, .moved = {}}), ErrorCode::Cancelled);
    QCOMPARE(scene.held(), kSparse);
}

void TestCompactor::leavesWhatIsLeased_data()
{
    QTest::addColumn<bool>("isWhole");
    QTest::newRow("a content") << false;
    QTest::newRow("a component") << true;
}

void TestCompactor::leavesWhatIsLeased()
{
    QFETCH(const bool, isWhole);
    SparseScene scene;
    LoadedComponentPtr component = scene.rig.component("2");
    const std::uint64_t address = component->weights.tensors.front().address();
    PlacedContentPtr content = isWhole ? nullptr : component->weights.tensors.front().content;
    if (!isWhole)
        component.reset();
    const auto outcome = scene.rig.compact();
    VERIFY_RESULT(outcome);
    QCOMPARE(scene.rig.component("2")->weights.tensors.front().address(), address);
    QCOMPARE(outcome->after.held, Bytes{kTensor * 6}); // all others lie in its slab now
    QCOMPARE(outcome->keptByUse, Bytes{kTensor * 2});
    QCOMPARE(scene.rig.violation(), std::string{});
    component.reset();
    content.reset();
    VERIFY_RESULT(scene.rig.compact());
    QCOMPARE(scene.held(), kUsed);
}

void TestCompactor::leavesWhatIsTakenMeanwhile_data()
{
    QTest::addColumn<int>("after"); ///< so many tensors were copied
    for (int after = 1; after <= 3; ++after)
        QTest::addRow("%d", after) << after;
}

/// A lease that comes while the first step copies: this step is given up, the next one leaves it alone.
void TestCompactor::leavesWhatIsTakenMeanwhile()
{
    QFETCH(const int, after);
    SparseScene scene;
    std::vector<PlacedContentPtr> leases;
    std::vector<std::uint64_t> addresses;
    int moved = 0;
    const auto outcome =
        scene.rig.compact({.stop = {}, .planned = {}, .moved = [&](Bytes) {
                               if (++moved != after)
                                   return;
                               for (const char* model : {"0", "1", "2", "3"}) {
                                   leases.push_back(scene.rig.component(model)->weights.tensors.front().content);
                                   addresses.push_back(leases.back()->address());
                               }
                           }});
    VERIFY_RESULT(outcome);
    QCOMPARE(outcome->tensorsMoved, 0U);
    QCOMPARE(outcome->after.held, kSparse);
    QCOMPARE(outcome->after.allocated, kUsed);
    for (std::size_t i = 0; i < leases.size(); ++i)
        QCOMPARE(scene.rig.component(std::to_string(i))->weights.tensors.front().address(), addresses[i]);
    QCOMPARE(scene.rig.violation(), std::string{});
}

/// More than is exchanged at once, and everything is leased while the second part is copied.
void TestCompactor::keepsWhatWasExchangedBefore()
{
    constexpr std::uint32_t kSlabs = 40;
    constexpr std::uint64_t kInAPart = SmallDevice::kSlabSize.value * Compactor::kSlabsOfAStep / kTensor;
    SmallDevice device{kMiB * 4};
    CompactionRig rig{device};
    rig.makeSparse(kTensor, kSlabs);
    std::map<std::string, PlacedContentPtr> leases;
    std::uint64_t moved = 0;
    const auto outcome = rig.compact({.stop = {}, .planned = {}, .moved = [&](Bytes) {
                                          if (++moved != kInAPart + 1)
                                              return;
                                          for (const LoadedComponentPtr& component : rig.components())
                                              leases[component->key.model.text] =
                                                  component->weights.tensors.front().content;
                                      }});
    VERIFY_RESULT(outcome);
    QCOMPARE(outcome->tensorsMoved, kInAPart);
    QVERIFY(outcome->after.held < outcome->before.held);
    QCOMPARE(outcome->after.allocated, Bytes{kSlabs * kTensor});
    QVERIFY(outcome->keptByUse > Bytes{});
    QCOMPARE(leases.size(), std::size_t{kSlabs});
    for (const auto& [model, content] : leases)
        QCOMPARE(rig.component(model)->weights.tensors.front().content, content);
    QCOMPARE(rig.violation(), std::string{});
    leases.clear();
    VERIFY_RESULT(rig.compact());
    QCOMPARE(rig.statistics().held, Bytes{kSlabs * kTensor});
    QCOMPARE(rig.violation(), std::string{});
}

void TestCompactor::forgetsWhatIsUnloadedMeanwhile()
{
    SparseScene scene;
    int moved = 0;
    const auto outcome = scene.rig.compact({.stop = {}, .planned = {}, .moved = [&](Bytes) {
                                                if (++moved == 2) {
                                                    scene.rig.unload("0");
                                                    scene.rig.unload("3");
                                                }
                                            }});
    VERIFY_RESULT(outcome);
    QCOMPARE(scene.rig.components().size(), 2U);
    QCOMPARE(scene.rig.statistics().allocated, Bytes{kTensor * 2});
    QVERIFY(scene.held() <= kUsed);
    QCOMPARE(scene.rig.violation(), std::string{});
}

void TestCompactor::givesWayToALoad()
{
    SparseScene scene;
    scene.fillBudget();
    bool isLoaded = false;
    const auto outcome = scene.rig.compact({.stop = {}, .planned = {}, .moved = [&](Bytes) {
                                                if (std::exchange(isLoaded, true))
                                                    return;
                                                std::vector<SeededTensor> tensors;
                                                for (std::uint32_t i = 0; i < 16; ++i)
                                                    tensors.push_back({1000 + i, kTensor});
                                                isLoaded = scene.rig.load("new", tensors);
                                            }});
    VERIFY_RESULT(outcome);
    QVERIFY(isLoaded);
    QVERIFY(outcome->isGivenUp);
    QCOMPARE(outcome->tensorsMoved, 0U);
    QCOMPARE(scene.held(), kSparse);
    QCOMPARE(scene.rig.violation(), std::string{});
}

void TestCompactor::isOneAtATime()
{
    SparseScene scene;
    Result<CompactionOutcome> second = fail(ErrorCode::Unknown, "not run");
    bool isFirst = true;
    VERIFY_RESULT(scene.rig.compact({.stop = {}, .planned = {}, .moved = [&](Bytes) {
                                         if (std::exchange(isFirst, false))
                                             second = scene.rig.compact();
                                     }}));
    VERIFY_ERROR(second, ErrorCode::Busy);
    QCOMPARE(scene.held(), kUsed);
    QCOMPARE(scene.rig.violation(), std::string{});
}

void TestCompactor::survivesEveryFaultOfTheDriver_data()
{
    QTest::addColumn<QByteArray>("function");
    QTest::addColumn<int>("fault");
    for (const char* function : {"cuMemcpyDtoDAsync", "cuStreamSynchronize", "cuMemCreate", "cuMemAddressReserve",
             "cuMemMap", "cuMemSetAccess", ""}) {
        for (const Fault fault : {Fault::Once, Fault::Sticky})
            QTest::addRow("%s, %s", *function ? function : "any", fault == Fault::Once ? "once" : "for good")
                << QByteArray{function} << static_cast<int>(fault);
    }
}

/// At each call in turn, until a compaction makes fewer.
void TestCompactor::survivesEveryFaultOfTheDriver()
{
    QFETCH(const QByteArray, function);
    QFETCH(const int, fault);
    constexpr int kCode = 700; // CUDA_ERROR_ILLEGAL_ADDRESS: a context does not survive it
    bool isDone = false;
    for (std::uint64_t n = 1; !isDone; ++n) {
        const auto gpu = openFakeGpu();
        QVERIFY(gpu);
        const auto atRest = fakeCuda().live();
        {
            CompactionRig rig{*gpu};
            rig.makeSparse(kMiB.value);
            const ArenaStatistics before = rig.statistics();
            const std::uint64_t calls = fakeCuda().calls(function.toStdString());
            fakeCuda().failCall(function.toStdString(), n, kCode, static_cast<Fault>(fault));
            const auto outcome = rig.compact();
            isDone = !function.isEmpty() ? fakeCuda().calls(function.toStdString()) - calls < n : n > 40;
            QCOMPARE(rig.violation(readDirectly), std::string{});
            QVERIFY(rig.statistics().held <= before.held);
            QCOMPARE(rig.statistics().allocated, before.allocated);
            QVERIFY(!isDone || function.isEmpty() || outcome.has_value());
            QCOMPARE(fakeCuda().callsAfterFault(), 0U);
        }
        if (!gpu->lostReason()) {
            gpu->rest();
            QVERIFY(fakeCuda().live() == atRest);
        }
        QCOMPARE(gpu->arena().statistics().held, Bytes{});
    }
}

/// What loads bring and take is right, whatever moves beside them.
void TestCompactor::worksBesideLoads()
{
    SparseScene scene;
    std::atomic<bool> isDone = false;
    std::jthread compactions{[&] {
        while (!isDone)
            (void)scene.rig.compact();
    }};
    for (std::uint32_t i = 0; i < 200; ++i) {
        std::vector<SeededTensor> tensors;
        for (std::uint32_t tensor = 0; tensor < 8; ++tensor)
            tensors.push_back({tensor < 3 ? tensor : 1000 + 8 * i + tensor, 3000 + 1000 * ((i + tensor) % 7)});
        scene.rig.load("new " + std::to_string(i), tensors,
            i % 3 == 0 ? CompactionRig::Sharing::None : CompactionRig::Sharing::EqualContents);
        if (i >= 10)
            scene.rig.unload("new " + std::to_string(i - 10 + i % 3));
    }
    isDone = true;
    compactions.join();
    QCOMPARE(scene.rig.violation(), std::string{});
    VERIFY_RESULT(scene.rig.compact());
    QCOMPARE(scene.rig.violation(), std::string{});
    scene.rig.unloadAll();
    QCOMPARE(scene.held(), Bytes{});
}

QTEST_APPLESS_MAIN(TestCompactor)
#include "test_compactor.moc"
