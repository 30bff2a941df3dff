// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/loader/load_rig.h"
#include "tests/support/file_time.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

/// Loads that do not succeed: nothing is left of them.
class TestModelLoaderRollback : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void leavesNothingAtACancel();
    void endsAtACancelWhileItReadsBack();
    void leavesNothingWhateverUploadFails();
    void leavesNothingWhateverDownloadFails();
    void detectsWrongBytes();
    void refusesFilesThatAreNotThere();
    void noticesThatTheFileWasReplaced();
    void noticesWhatHappensToTheFileMeanwhile_data();
    void noticesWhatHappensToTheFileMeanwhile();

private:
    ResourceUse m_before;
};

void TestModelLoaderRollback::leavesNothingAtACancel()
{
    LoadRig rig;
    const int reports = static_cast<int>(rig.load(rig.verified()).reports.size());
    int cancelled = 0;
    for (int k = 1; k <= reports; ++k) {
        const auto before = currentResources();
        {
            const auto run = rig.load(rig.verified(), [k](JobQueue& queue, JobId id, int number) {
                if (number == k)
                    (void)queue.cancel(id).has_value(); // the last reports come when it has ended
            });
            // Once everything is verified nothing can be cancelled any more.
            QVERIFY2(run.outcome || run.outcome.error().code == ErrorCode::Cancelled
                    || run.outcome.error().code == ErrorCode::Unknown,
                failureOf(run.outcome).c_str());
            cancelled += run.outcome ? 0 : 1;
            if (k <= reports / 2)
                QVERIFY2(!run.outcome, std::to_string(k).c_str());
        }
        VERIFY_NOTHING_HELD(rig);
        const std::string left = resourcesLeft(before);
        QVERIFY2(left.empty(), left.c_str());
    }
    QVERIFY(reports > 8);
    QVERIFY(cancelled >= reports / 2);
}

void TestModelLoaderRollback::endsAtACancelWhileItReadsBack()
{
    LoadRig rig;
    std::function<void()> cancel;
    rig.device.onDownload = [&] { cancel(); };
    {
        const auto run = rig.load(rig.verified(), [&](JobQueue& queue, JobId id, int number) {
            if (number == 1)
                cancel = [&queue, id] { QVERIFY(queue.cancel(id).has_value()); };
        });
        VERIFY_ERROR(run.outcome, ErrorCode::Cancelled);
    }
    QCOMPARE(rig.device.downloads(), 1U);
    VERIFY_NOTHING_HELD(rig);
}

void TestModelLoaderRollback::leavesNothingWhateverUploadFails()
{
    // How many uploads a load makes depends on how the steps meet the transfer thread.
    for (std::uint64_t n = 0;; ++n) {
        LoadRig rig;
        rig.device.failUploadAt = n;
        {
            const auto run = rig.load(rig.request());
            if (run.outcome) {
                QVERIFY(rig.device.uploads() <= n);
                QVERIFY(n > 0);
                return;
            }
            VERIFY_ERROR(run.outcome, ErrorCode::DeviceError);
        }
        VERIFY_NOTHING_HELD(rig);
    }
}

void TestModelLoaderRollback::leavesNothingWhateverDownloadFails()
{
    for (std::uint64_t n = 0;; ++n) {
        LoadRig rig;
        rig.device.failDownloadAt = n;
        rig.device.failWith = ErrorCode::DeviceLost;
        {
            const auto run = rig.load(rig.verified());
            if (run.outcome) {
                QCOMPARE(n, kLoadedTensors.size() - 1); // but for the empty one
                return;
            }
            VERIFY_ERROR(run.outcome, ErrorCode::DeviceLost);
        }
        VERIFY_NOTHING_HELD(rig);
    }
}

void TestModelLoaderRollback::detectsWrongBytes()
{
    LoadRig rig;
    const std::uint64_t size = sizeOfModel(*rig.model).value;
    for (const std::uint64_t wrong : {std::uint64_t{0}, size / 2, size - 1}) {
        LoadRig broken;
        broken.device.wrongByteAt = wrong;
        {
            const auto run = broken.load(broken.verified());
            VERIFY_ERROR(run.outcome, ErrorCode::VerificationFailed);
            QVERIFY(run.outcome.error().detail.find("tensor '") != std::string::npos);
            QCOMPARE(run.outcome.error().context.deviceId.text, std::string{"TEST_0"});
        }
        VERIFY_NOTHING_HELD(broken);
    }
}

void TestModelLoaderRollback::refusesFilesThatAreNotThere()
{
    LoadRig rig;
    std::filesystem::remove(rig.model->path);
    VERIFY_ERROR(rig.load(rig.request()).outcome, ErrorCode::NotFound);
    std::filesystem::create_directory(rig.model->path);
    VERIFY_ERROR(rig.load(rig.request()).outcome, ErrorCode::NotRegularFile);
    VERIFY_NOTHING_HELD(rig);
}

void TestModelLoaderRollback::noticesThatTheFileWasReplaced()
{
    LoadRig rig;
    {
        auto run = rig.load(rig.request());
        VERIFY_RESULT(run.outcome);
        rig.keepCached(*run.outcome);
    }
    passTimestampOf(rig.model->path);
    const ModelRecordPtr again = rig.writeModel("model"); // the same bytes, saved again
    const auto stale = rig.load(rig.request());
    VERIFY_ERROR(stale.outcome, ErrorCode::FileChanged);
    QCOMPARE(stale.outcome.error().context.modelId.text, rig.model->id.text);
    rig.model = again; // as after a scan: what was cached of the old file is not used
    const auto run = rig.load(rig.request());
    VERIFY_RESULT(run.outcome);
    QVERIFY(run.outcome->fromCache.empty());
    QCOMPARE(run.outcome->bytesRead, sizeOfModel(*again));
}

void TestModelLoaderRollback::noticesWhatHappensToTheFileMeanwhile_data()
{
    using Change = std::function<void(const std::filesystem::path&)>;
    QTest::addColumn<Change>("change");
    QTest::newRow("emptied") << Change{[](const auto& path) { std::filesystem::resize_file(path, 0); }};
    QTest::newRow("a byte less") << Change{
        [](const auto& path) { std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1); }};
    QTest::newRow("grown") << Change{[](const auto& path) { std::ofstream{path, std::ios::app} << "more"; }};
    QTest::newRow("replaced") << Change{[](const auto& path) {
        std::ofstream{path.string() + ".new"} << "other";
        std::filesystem::rename(path.string() + ".new", path);
    }};
}

void TestModelLoaderRollback::noticesWhatHappensToTheFileMeanwhile()
{
    QFETCH(std::function<void(const std::filesystem::path&)>, change);
    for (const bool isCold : {false, true}) {
        LoadRig rig;
        passTimestampOf(rig.model->path);
        if (isCold)
            dropFromPageCache(rig.model->path);
        rig.onMemoryTaken = [&] { change(rig.model->path); };
        {
            const auto run = rig.load(rig.verified());
            VERIFY_ERROR(run.outcome, ErrorCode::FileChanged);
        }
        VERIFY_NOTHING_HELD(rig);
    }
}

QTEST_APPLESS_MAIN(TestModelLoaderRollback)
#include "test_model_loader_rollback.moc"
