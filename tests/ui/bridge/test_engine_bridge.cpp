// SPDX-License-Identifier: GPL-3.0-or-later
//
// The bridge over a real engine with a small host device.
#include "model_engine/engine.h"
#include "model_engine/server/socket/socket_place.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "ui/bridge/engine_bridge.h"

#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <string>

using namespace weightroom;
using namespace weightroom::ui;

namespace {

const QString kDevice = QStringLiteral("HOST_0");

engine::EngineOptions options(engine::Bytes device)
{
    engine::EngineOptions made;
    made.settings.cacheBudget = engine::kMiB * 64;
    made.settings.hostDevices = {device};
    made.settings.useCuda = false;
    return made;
}

/// A bridge with one model in its library.
class Scene {
public:
    explicit Scene(engine::Bytes device = engine::kMiB * 64)
        : bridge(options(device))
    {
        m_folder.write("model.safetensors", test::smallSafetensorsFile());
    }
    [[nodiscard]] QByteArray folder() const { return QByteArray::fromStdString(m_folder.path().native()); }
    [[nodiscard]] bool scan()
    {
        bridge.addFolder(folder());
        return QTest::qWaitFor([this] { return !bridge.library().models.isEmpty(); });
    }
    [[nodiscard]] QString modelId() const { return bridge.library().models.first().facts->id; }
    [[nodiscard]] JobView last(JobKind kind) const
    {
        const QList<JobView> jobs = bridge.jobs();
        const auto job = std::ranges::find(jobs, kind, &JobView::kind);
        return job == jobs.end() ? JobView{} : *job;
    }

private:
    test::TemporaryFolder m_folder;

public:
    EngineBridge bridge;
};

} // namespace

class TestEngineBridge : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theFirstStateIsThereAtOnce();
    void addingAFolderScansIt();
    void aFolderIsAddedOnce();
    void finishedJobsFindTheirEffect();
    void refusedRequestsAreToldOnce();
    void failedJobsCanBeTriedAgain();
    void callsAnyOperation();
    void cancellingWhatHasEndedIsNoError();
    void opensTheRestDoor();
    void closingWithWorkToDo();
    void automaticScansAreToldWhenTheyFindSomething();
};

void TestEngineBridge::theFirstStateIsThereAtOnce()
{
    const Scene scene;
    QVERIFY(!scene.bridge.library().wasScanned);
    QCOMPARE(scene.bridge.memory().size(), 2);
    QCOMPARE(scene.bridge.memory().first().id, kDevice);
    QCOMPARE(scene.bridge.memory().last().place, MemoryPlace::Cache);
}

void TestEngineBridge::addingAFolderScansIt()
{
    Scene scene;
    QVERIFY(scene.scan());
    QCOMPARE(scene.bridge.library().folders.first().path, scene.folder());
    QTRY_COMPARE(scene.last(JobKind::Scan).state, JobState::Succeeded);
    QCOMPARE(scene.last(JobKind::Settings).state, JobState::Succeeded);
    QVERIFY(scene.last(JobKind::Scan).number > scene.last(JobKind::Settings).number);
}

void TestEngineBridge::aFolderIsAddedOnce()
{
    Scene scene;
    QVERIFY(scene.scan());
    QSignalSpy finished(&scene.bridge, &EngineBridge::jobFinished);
    scene.bridge.addFolder(scene.folder());
    QTRY_VERIFY(finished.count() >= 2);
    QCOMPARE(scene.bridge.library().folders.size(), 1);
}

void TestEngineBridge::finishedJobsFindTheirEffect()
{
    Scene scene;
    QVERIFY(scene.scan());
    int loads = 0;
    connect(&scene.bridge, &EngineBridge::jobFinished, this, [&scene, &loads](const JobView& job) {
        if (job.kind != JobKind::Load)
            return;
        ++loads;
        QCOMPARE(job.state, JobState::Succeeded);
        QCOMPARE(scene.bridge.library().models.first().status.loadedOn, QStringList{kDevice});
    });
    scene.bridge.loadModel(scene.modelId(), kDevice);
    QTRY_COMPARE(loads, 1);
    scene.bridge.unloadModel(scene.modelId());
    QTRY_COMPARE(scene.last(JobKind::Unload).state, JobState::Succeeded);
    QCOMPARE(loads, 1);
    QCOMPARE(scene.bridge.memory().first().held, quint64{0});
}

void TestEngineBridge::refusedRequestsAreToldOnce()
{
    Scene scene;
    QSignalSpy refused(&scene.bridge, &EngineBridge::requestRefused);
    QSignalSpy failed(&scene.bridge, &EngineBridge::jobFinished);
    scene.bridge.loadModel(QStringLiteral("../no such id"), kDevice);
    QTRY_COMPARE(refused.count() + failed.count(), 1);
}

void TestEngineBridge::failedJobsCanBeTriedAgain()
{
    Scene scene(engine::Bytes{16});
    QVERIFY(scene.scan());
    scene.bridge.loadModel(scene.modelId(), kDevice);
    QTRY_COMPARE(scene.last(JobKind::Load).state, JobState::Failed);
    const quint64 first = scene.last(JobKind::Load).number;
    QVERIFY(scene.last(JobKind::Load).error->actions.contains(ErrorAction::TryAgain));
    scene.bridge.retryJob(first);
    QTRY_VERIFY(scene.last(JobKind::Load).number > first);
    QTRY_COMPARE(scene.last(JobKind::Load).state, JobState::Failed);
}

void TestEngineBridge::callsAnyOperation()
{
    Scene scene;
    QSignalSpy ended(&scene.bridge, &EngineBridge::operationEnded);
    QSignalSpy refused(&scene.bridge, &EngineBridge::requestRefused);
    const auto outcome = [&ended](int at) { return ended.at(at).first().value<OperationOutcome>(); };
    const auto call = [&](quint64 number, const char* operation, const char* json) {
        return scene.bridge.callOperation(
            {.number = number, .operation = QString::fromLatin1(operation), .json = json});
    };
    QCOMPARE(call(7, "job.get_jobs", "{}"), quint64{0});
    QCOMPARE(ended.count(), 0); // never before it has returned
    QTRY_COMPARE(ended.count(), 1);
    QCOMPARE(outcome(0).call, quint64{7});
    QVERIFY(!outcome(0).error && outcome(0).answer.whole.contains("\"jobs\": []"));
    QCOMPARE(call(8, "job.get_job", "{\"job_id\": 0}"), quint64{0});
    QTRY_COMPARE(ended.count(), 2);
    QCOMPARE(outcome(1).call, quint64{8});
    QCOMPARE(outcome(1).field, QStringLiteral("job_id"));
    QVERIFY(outcome(1).error && outcome(1).answer.whole.isEmpty());
    const quint64 job = call(9, "settings.post_settings_update", "{\"hash_when_idle\": false}");
    QVERIFY(job != 0);
    QTRY_COMPARE(ended.count(), 3);
    QCOMPARE(outcome(2).call, quint64{9});
    QTRY_COMPARE(scene.last(JobKind::Settings).number, job);
    call(10, "no.such_operation", "no json");
    QTRY_COMPARE(ended.count(), 4);
    QVERIFY(outcome(3).error);
    QCOMPARE(refused.count(), 0);
}

void TestEngineBridge::cancellingWhatHasEndedIsNoError()
{
    Scene scene;
    QVERIFY(scene.scan());
    QSignalSpy refused(&scene.bridge, &EngineBridge::requestRefused);
    scene.bridge.cancelJob(scene.last(JobKind::Settings).number);
    scene.bridge.cancelJob(12'345);
    scene.bridge.retryJob(12'345);
    QCoreApplication::sendPostedEvents();
    QCOMPARE(refused.count(), 0);
}

void TestEngineBridge::opensTheRestDoor()
{
    const test::TemporaryFolder place;
    Scene scene;
    QSignalSpy refused(&scene.bridge, &EngineBridge::requestRefused);
    const engine::RestOptions options{.port = 0, .tokens = {std::string(64, 'a'), std::string(64, 'b')}};
    scene.bridge.serveRest(options); // it serves nobody yet
    QCOMPARE(refused.count(), 1);
    scene.bridge.serve(engine::ClaimedPlace::claim({place / "sockets"}).value());
    scene.bridge.serveRest(options);
    QCOMPARE(refused.count(), 1);
    scene.bridge.serveRest(options); // is open already
    QCOMPARE(refused.count(), 2);
}

void TestEngineBridge::closingWithWorkToDo()
{
    // Replies and snapshots that arrive after the end must meet nobody.
    for (int round = 0; round < 20; ++round) {
        Scene scene;
        scene.bridge.addFolder(scene.folder());
        scene.bridge.rescan();
        scene.bridge.loadModel(QStringLiteral("x"), kDevice);
    }
}

void TestEngineBridge::automaticScansAreToldWhenTheyFindSomething()
{
    const test::TemporaryFolder folder;
    engine::EngineOptions watched = options(engine::kMiB);
    watched.watching = engine::FolderWatching::On;
    watched.watchTiming.quiet = std::chrono::milliseconds(20);
    EngineBridge bridge(std::move(watched));
    bridge.addFolder(QByteArray::fromStdString(folder.path().native()));
    QTRY_VERIFY(bridge.library().wasScanned);
    const auto countAutomatic = [&bridge] {
        const QList<JobView> jobs = bridge.jobs();
        return std::ranges::count(jobs, JobOrigin::Automatic, &JobView::origin);
    };
    std::filesystem::create_directory(folder / "empty"); // scanned, and nobody is told
    folder.write("model.safetensors", test::smallSafetensorsFile());
    QTRY_COMPARE(countAutomatic(), 1);
    QVERIFY(!bridge.jobs().first().foundNothing);
    QCOMPARE(bridge.jobs().first().state, JobState::Succeeded);
    QCOMPARE(bridge.jobs().last().origin, JobOrigin::User);
}

QTEST_GUILESS_MAIN(TestEngineBridge)
#include "test_engine_bridge.moc"
