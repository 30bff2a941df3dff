// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/loader/sharing_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// A checkpoint is loaded and cached; another one that shares bytes with it is about to be.
struct SharedScene : SharingRig {
    SharedScene()
        : a(writeCheckpoint("a"))
        , b(writeCheckpoint("b"))
    {
        auto first = loadAndKeep(toDevice(a));
        loaded = std::move(first->loaded);
    }
    /// What is left of the second load; empty when nothing is.
    [[nodiscard]] std::string whatIsLeft()
    {
        std::string left = wrongBytes(loaded) + wrongBytes(cache.components());
        const auto expect = [&](const char* what, std::uint64_t count) {
            if (count != 3)
                left += std::string{what} + ": " + std::to_string(count) + "; ";
        };
        expect("places on the device", placesOnDevice());
        expect("places in the cache", placesInCache());
        expect("contents of the device", device.contents().size());
        expect("contents of the cache", cacheMemory.contents().size());
        return left;
    }

    ModelRecordPtr a;
    ModelRecordPtr b;
    std::vector<LoadedComponentPtr> loaded;
};

/// What the second load has to go through.
enum class Way : std::uint8_t { Cold, FromCache, ReadBack };

/// Makes the scene such that b is loaded that way.
void prepare(SharedScene& scene, Way way)
{
    if (way == Way::Cold)
        return;
    if (way == Way::ReadBack)
        scene.cache.removeAll().clear(); // what is on the device is not known by its id any more
    QVERIFY(scene.loadAndKeep(SharingRig::toCache(scene.b)));
    if (way == Way::ReadBack)
        QVERIFY(scene.loadAndKeep(SharingRig::toCache(scene.a)));
}

/// With what b has of its own in the cache.
std::string whatIsLeft(SharedScene& scene, Way way)
{
    if (way != Way::Cold)
        scene.cache.removeModel(scene.b->id).clear();
    return scene.whatIsLeft();
}

} // namespace

/// Loads that share bytes with others and do not succeed: nothing is left of them, and the others keep what they have.
class TestLoadSharingRollback : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void leavesNothingWhateverUploadFails_data() { addWays(); }
    void leavesNothingWhateverUploadFails();
    void leavesNothingWhateverDownloadFails();
    void leavesNothingAtACancel_data() { addWays(); }
    void leavesNothingAtACancel();
    void leavesNothingWhenMemoryIsShort();

private:
    static void addWays()
    {
        QTest::addColumn<Way>("way");
        QTest::newRow("cold") << Way::Cold;
        QTest::newRow("from the cache") << Way::FromCache;
        QTest::newRow("read back") << Way::ReadBack;
    }
};

void TestLoadSharingRollback::leavesNothingWhateverUploadFails()
{
    QFETCH(Way, way);
    for (std::uint64_t n = 0;; ++n) {
        SharedScene scene;
        prepare(scene, way);
        const std::uint64_t before = scene.device.uploads();
        scene.device.failUploadAt = before + n;
        {
            const auto run = scene.load(scene.toDevice(scene.b));
            if (run.outcome) {
                QVERIFY(n > 0 && scene.device.uploads() <= before + n);
                return;
            }
            VERIFY_ERROR(run.outcome, ErrorCode::DeviceError);
        }
        QCOMPARE(whatIsLeft(scene, way), std::string{});
    }
}

void TestLoadSharingRollback::leavesNothingWhateverDownloadFails()
{
    // The two comparisons, then each tensor that is verified.
    for (std::uint64_t n = 0;; ++n) {
        SharedScene scene;
        prepare(scene, Way::ReadBack);
        scene.device.failDownloadAt = scene.device.downloads() + n;
        LoadRequest wanted = scene.toDevice(scene.b);
        wanted.verification = Verification::ReadBack;
        {
            const auto run = scene.load(wanted);
            if (run.outcome) {
                QCOMPARE(n, 5U);
                return;
            }
            VERIFY_ERROR(run.outcome, ErrorCode::DeviceError);
        }
        QCOMPARE(whatIsLeft(scene, Way::ReadBack), std::string{});
    }
}

void TestLoadSharingRollback::leavesNothingAtACancel()
{
    QFETCH(Way, way);
    int cancelled = 0;
    for (int n = 1;; ++n) {
        SharedScene scene;
        prepare(scene, way);
        LoadRequest wanted = scene.toDevice(scene.b);
        wanted.verification = Verification::ReadBack;
        bool wasReached = false;
        {
            const auto run = scene.load(wanted, [&](JobQueue& queue, JobId id, int number) {
                wasReached = wasReached || number == n;
                if (number == n)
                    (void)queue.cancel(id).has_value(); // the last reports come when it has ended
            });
            cancelled += run.outcome ? 0 : 1;
        }
        if (!wasReached)
            break;
        QCOMPARE(whatIsLeft(scene, way), std::string{});
    }
    QVERIFY(cancelled > 2);
}

void TestLoadSharingRollback::leavesNothingWhenMemoryIsShort()
{
    SharedScene scene;
    scene.cacheMemory.setCapacity(kMiB);
    VERIFY_ERROR(scene.load(scene.toDevice(scene.b)).outcome, ErrorCode::OutOfCacheBudget);
    QCOMPARE(scene.whatIsLeft(), std::string{}); // what could not help was not thrown away

    SharedScene full;
    const auto place = full.device.arena().allocate(std::array{kMiB * 32 - full.heldOnDevice() - kMiB});
    VERIFY_RESULT(place);
    VERIFY_ERROR(full.load(full.toDevice(full.b)).outcome, ErrorCode::OutOfDeviceMemory);
    QCOMPARE(full.wrongBytes(full.loaded), std::string{});
    QCOMPARE(full.placesOnDevice(), 3U + 1);
    QCOMPARE(full.placesInCache(), 3U);
}

QTEST_APPLESS_MAIN(TestLoadSharingRollback)
#include "test_load_sharing_rollback.moc"
