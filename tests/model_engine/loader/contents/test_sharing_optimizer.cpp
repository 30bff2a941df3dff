// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/component_table.h"
#include "model_engine/loader/contents/sharing_optimizer.h"
#include "tests/model_engine/loader/sharing_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

ContentHash collidingHash(ContentHash) { return {4, 2}; }

/// Two checkpoints that were loaded without sharing.
struct ApartScene : SharingRig {
    explicit ApartScene(ContentSharing sharing = ContentSharing::None)
    {
        for (const char* name : {"a", "b"}) {
            LoadRequest wanted = toDevice(writeCheckpoint(name));
            wanted.sharing = sharing;
            auto outcome = loadAndKeep(wanted);
            loaded.insert(loaded.end(), outcome->loaded.begin(), outcome->loaded.end());
        }
    }

    /// Calls `work` on a job's thread.
    void asJob(const std::function<void(JobContext&)>& work)
    {
        JobQueue jobs{1, clock, log, [](const JobSnapshotPtr&) {}};
        std::promise<void> ended;
        jobs.submit(
            {},
            [&](JobContext& job) -> Result<Json> {
                work(job);
                return Json{};
            },
            [&](const JobSnapshotPtr&) { ended.set_value(); });
        ended.get_future().wait();
    }

    template <class Component>
    Result<std::uint64_t> merge(std::vector<Component>& components, ContentStore& store, ContentAccess& access)
    {
        Result<ContentReplacements> replacements = fail(ErrorCode::Unknown, "not run");
        asJob([&](JobContext& job) {
            replacements = findSecondContents(contentsNotCompared(weightsOf(components)), store, access, job);
        });
        if (!replacements)
            return fail(replacements.error());
        std::uint64_t tensors = 0;
        for (Exchange<Component>& exchange : exchangesFor(components, *replacements)) {
            *std::ranges::find(components, exchange.before) = std::move(exchange.after);
            tensors += exchange.tensors;
        }
        return tensors;
    }

    std::vector<LoadedComponentPtr> loaded;
};

} // namespace

class TestSharingOptimizer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void mergesInRam();
    void mergesOnADevice();
    void neverMergesByHashAlone();
    void findsNothingWhereAllIsShared();
    void endsAtAFailure();
    void laterLoadsShareWithWhatWasMerged();
};

void TestSharingOptimizer::mergesInRam()
{
    ApartScene scene;
    auto components = scene.cache.components();
    scene.cache.removeAll().clear();
    QCOMPARE(scene.placesInCache(), 6U);
    HostContentAccess access;
    const auto merged = scene.merge(components, scene.cacheMemory.contents(), access);
    VERIFY_RESULT(merged);
    QCOMPARE(*merged, 2U);
    QCOMPARE(scene.placesInCache(), 4U);
    QCOMPARE(scene.wrongBytes(components), std::string{});
    components.clear();
    QCOMPARE(scene.placesInCache(), 0U);
}

void TestSharingOptimizer::mergesOnADevice()
{
    ApartScene scene;
    DeviceContentAccess access{scene.lane, {}};
    const auto merged = scene.merge(scene.loaded, scene.device.contents(), access);
    VERIFY_RESULT(merged);
    QCOMPARE(*merged, 2U);
    QCOMPARE(scene.placesOnDevice(), 4U);
    QCOMPARE(scene.wrongBytes(scene.loaded), std::string{});
}

void TestSharingOptimizer::neverMergesByHashAlone()
{
    ApartScene scene;
    auto cached = scene.cache.components();
    scene.cache.removeAll().clear();
    HostContentAccess inRam{collidingHash};
    DeviceContentAccess onDevice{scene.lane, {}, collidingHash};
    VERIFY_RESULT(scene.merge(cached, scene.cacheMemory.contents(), inRam));
    VERIFY_RESULT(scene.merge(scene.loaded, scene.device.contents(), onDevice));
    QCOMPARE(scene.placesInCache(), 4U);
    QCOMPARE(scene.placesOnDevice(), 4U);
    QCOMPARE(scene.wrongBytes(cached) + scene.wrongBytes(scene.loaded), std::string{});
}

void TestSharingOptimizer::findsNothingWhereAllIsShared()
{
    ApartScene scene{ContentSharing::EqualContents};
    QVERIFY(contentsNotCompared(weightsOf(scene.loaded)).empty());
    DeviceContentAccess access{scene.lane, {}};
    const auto merged = scene.merge(scene.loaded, scene.device.contents(), access);
    VERIFY_RESULT(merged);
    QCOMPARE(*merged, 0U);
    QCOMPARE(scene.device.downloads(), 0U);
}

void TestSharingOptimizer::endsAtAFailure()
{
    for (std::uint64_t n = 0;; ++n) {
        ApartScene scene;
        scene.device.failDownloadAt = n;
        DeviceContentAccess access{scene.lane, {}};
        const auto merged = scene.merge(scene.loaded, scene.device.contents(), access);
        if (merged) {
            QCOMPARE(n, 6U + 2 * 2U); // six are hashed, two pairs are compared
            break;
        }
        VERIFY_ERROR(merged, ErrorCode::DeviceError);
        QCOMPARE(scene.placesOnDevice(), 6U);
        QCOMPARE(scene.wrongBytes(scene.loaded), std::string{});
    }
}

void TestSharingOptimizer::laterLoadsShareWithWhatWasMerged()
{
    ApartScene scene;
    auto cached = scene.cache.components();
    scene.cache.removeAll().clear();
    HostContentAccess inRam;
    VERIFY_RESULT(scene.merge(cached, scene.cacheMemory.contents(), inRam));
    DeviceContentAccess onDevice{scene.lane, {}};
    VERIFY_RESULT(scene.merge(scene.loaded, scene.device.contents(), onDevice));
    const auto third = scene.load(scene.toDevice(scene.writeCheckpoint("c")));
    VERIFY_RESULT(third.outcome);
    QCOMPARE(third.outcome->savedInCache, Bytes{SharingRig::kCommonSize});
    QCOMPARE(third.outcome->savedOnDevice, Bytes{SharingRig::kCommonSize});
    QCOMPARE(scene.wrongBytes(third.outcome->loaded), std::string{});
}

QTEST_APPLESS_MAIN(TestSharingOptimizer)
#include "test_sharing_optimizer.moc"
