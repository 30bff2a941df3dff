// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <future>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// An operation that runs beside the test.
class Running {
public:
    Running(Engine& engine, std::string_view operation, const Json& request)
        : m_id(engine.start(operation, request, [promise = m_promise](const Result<Json>& answer) {
            promise->set_value(answer); // throws when it is called twice
        }))
    {
    }
    [[nodiscard]] JobId id() const { return m_id; }
    [[nodiscard]] Result<Json> answer() { return m_answer.get(); }

private:
    std::shared_ptr<std::promise<Result<Json>>> m_promise = std::make_shared<std::promise<Result<Json>>>();
    std::future<Result<Json>> m_answer = m_promise->get_future();
    JobId m_id;
};

/// Holds the first job of this kind when it comes to this phase.
std::function<void(const JobSnapshot&)> holdAt(JobPhase phase, Gate& gate, const std::string& operation)
{
    return [phase, &gate, operation, isHeld = std::make_shared<std::atomic<bool>>(false)](const JobSnapshot& job) {
        if (job.phase == phase && !job.isFinished() && job.description.operation == operation
            && !isHeld->exchange(true))
            gate.pass();
    };
}

} // namespace

/// Several operations at once, cancels, and the end of the engine.
class TestEngineJobs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void keepsAModelToOneJob();
    void showsWhatIsLoading();
    void cancelsALoad_data();
    void cancelsALoad();
    void cancelsACallByItsToken();
    void letsOneOfTwoHaveTheLastBytes();
    void leavesNothingWhenDestroyedInALoad_data();
    void leavesNothingWhenDestroyedInALoad();
    void keepsBothOfTwoSettings();
    void scansWhileItLoads();

private:
    ResourceUse m_before;
};

void TestEngineJobs::keepsAModelToOneJob()
{
    Gate gate;
    EngineRig rig;
    rig.write("first", kMiB);
    rig.write("second", kMiB);
    VERIFY_RESULT(rig.scan());
    rig.onJob = holdAt(JobPhase::Reading, gate, "post_model_load");
    const std::string id = rig.idOf("first");
    Running load{rig.engine(), "model.post_model_load", {{"model_id", id}}};
    gate.waitForArrivals();
    VERIFY_ERROR(rig.load(id), ErrorCode::Busy);
    VERIFY_ERROR(rig.unload(id), ErrorCode::Busy);
    VERIFY_ERROR(rig.call("model.post_model_cache", {{"model_id", id}}), ErrorCode::Busy);
    VERIFY_RESULT(rig.load(rig.idOf("second"))); // another model is nobody's business
    gate.open();
    VERIFY_RESULT(load.answer());
    VERIFY_RESULT(rig.unload(id));
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineJobs::showsWhatIsLoading()
{
    Gate gate;
    EngineRig rig;
    rig.write("first", kMiB * 3);
    VERIFY_RESULT(rig.scan());
    rig.onJob = holdAt(JobPhase::Reading, gate, "post_model_load");
    Running load{rig.engine(), "model.post_model_load", {{"model_id", rig.idOf("first")}}};
    gate.waitForArrivals();
    const EngineSnapshotPtr now = rig.engine().snapshot();
    QVERIFY(now->models.front().isLoading());
    QVERIFY(!now->models.front().isLoaded());
    QCOMPARE(now->devices.front().loadingBytes(), kMiB * 3 + Bytes{6});
    QCOMPARE(now->devices.front().loading.front().model.text, rig.idOf("first"));
    QCOMPARE(now->cache.loadingBytes(), kMiB * 3 + Bytes{6});
    QCOMPARE(now->devices.front().ownedBytes(), Bytes{});
    gate.open();
    VERIFY_RESULT(load.answer());
    QCOMPARE(rig.engine().snapshot()->devices.front().loadingBytes(), Bytes{});
    QCOMPARE(rig.engine().snapshot()->cache.loadingBytes(), Bytes{});
    QCOMPARE(rig.engine().snapshot()->devices.front().ownedBytes(), kMiB * 3 + Bytes{6});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineJobs::cancelsALoad_data()
{
    QTest::addColumn<JobPhase>("phase");
    QTest::newRow("planning") << JobPhase::Planning;
    QTest::newRow("reading") << JobPhase::Reading;
    QTest::newRow("verifying") << JobPhase::Verifying;
}

void TestEngineJobs::cancelsALoad()
{
    QFETCH(JobPhase, phase);
    Gate gate;
    EngineRig rig;
    rig.write("first", kMiB * 5);
    VERIFY_RESULT(rig.scan());
    rig.onJob = holdAt(phase, gate, "post_model_load");
    Running load{rig.engine(), "model.post_model_load", {{"model_id", rig.idOf("first")}, {"verify", true}}};
    gate.waitForArrivals();
    VERIFY_RESULT(rig.engine().cancel(load.id()));
    gate.open();
    VERIFY_ERROR(load.answer(), ErrorCode::Cancelled);
    QCOMPARE(rig.heldOn(0), Bytes{});
    QCOMPARE(rig.heldInCache(), Bytes{});
    QVERIFY(!rig.engine().snapshot()->models.front().isLoading());
    VERIFY_ERROR(rig.engine().cancel(load.id()), ErrorCode::JobNotFound);
    VERIFY_RESULT(rig.load(rig.idOf("first"))); // as if nothing had been
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineJobs::cancelsACallByItsToken()
{
    Gate gate;
    EngineRig rig;
    rig.write("first", kMiB);
    VERIFY_RESULT(rig.scan());
    std::stop_source stop;
    rig.onJob = [&](const JobSnapshot& job) {
        if (job.phase == JobPhase::Reading)
            stop.request_stop();
    };
    VERIFY_ERROR(rig.engine().call("model.post_model_load", {{"model_id", rig.idOf("first")}}, stop.get_token()),
        ErrorCode::Cancelled);
    QCOMPARE(rig.heldOn(0), Bytes{});
    // A token that was used before: the job does not begin, or rolls back.
    VERIFY_ERROR(rig.engine().call("model.post_model_load", {{"model_id", rig.idOf("first")}}, stop.get_token()),
        ErrorCode::Cancelled);
    VERIFY_RESULT(rig.engine().call("settings.get_settings", Json::object(), stop.get_token()));
    QCOMPARE(rig.heldOn(0), Bytes{});
}

void TestEngineJobs::letsOneOfTwoHaveTheLastBytes()
{
    EngineRig rig{{kMiB * 4}};
    rig.write("first", kMiB * 3);
    rig.write("second", kMiB * 3);
    VERIFY_RESULT(rig.scan());
    const std::string ids[]{rig.idOf("first"), rig.idOf("second")};
    for (int round = 0; round < 25; ++round) {
        Running first{rig.engine(), "model.post_model_load", {{"model_id", ids[round % 2]}}};
        Running second{rig.engine(), "model.post_model_load", {{"model_id", ids[1 - round % 2]}}};
        const auto one = first.answer();
        const auto other = second.answer();
        QVERIFY(one.has_value() != other.has_value());
        VERIFY_ERROR(one ? other : one, ErrorCode::OutOfDeviceMemory);
        QCOMPARE(rig.heldOn(0), kMiB * 3 + kKiB * 32); // the size of its class
        VERIFY_RESULT(rig.unload(one ? ids[round % 2] : ids[1 - round % 2]));
        QCOMPARE(rig.heldOn(0), Bytes{});
    }
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineJobs::leavesNothingWhenDestroyedInALoad_data()
{
    QTest::addColumn<JobPhase>("phase");
    QTest::newRow("planning") << JobPhase::Planning;
    QTest::newRow("reading") << JobPhase::Reading;
    QTest::newRow("copying") << JobPhase::Copying;
    QTest::newRow("committing") << JobPhase::Committing;
}

void TestEngineJobs::leavesNothingWhenDestroyedInALoad()
{
    QFETCH(JobPhase, phase);
    Gate gate;
    EngineRig rig;
    rig.write("first", kMiB * 20);
    rig.write("second", kMiB);
    VERIFY_RESULT(rig.scan());
    const auto before = currentResources();
    rig.onJob = holdAt(phase, gate, "post_model_load");
    Running load{rig.engine(), "model.post_model_load", {{"model_id", rig.idOf("first")}}};
    Running queued{rig.engine(), "model.post_model_cache", {{"model_id", rig.idOf("second")}}};
    gate.waitForArrivals();
    {
        const std::jthread opener{[&] { gate.open(); }};
        rig.close();
    }
    // Each was answered once: with its result, if it was quicker than the end of the engine.
    for (Running* job : {&load, &queued}) {
        const auto answer = job->answer();
        if (!answer)
            VERIFY_ERROR(answer, ErrorCode::Cancelled);
    }
    QVERIFY(currentResources().threads < before.threads);
    QVERIFY(currentResources().sharedMappings.empty());
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineJobs::keepsBothOfTwoSettings()
{
    EngineRig rig;
    for (std::uint64_t round = 1; round <= 20; ++round) {
        Running folders{
            rig.engine(), "settings.post_settings_update", {{"model_folders", {"/folder/" + std::to_string(round)}}}};
        Running budget{
            rig.engine(), "settings.post_settings_update", {{"cache_budget_bytes", (kMiB * (64 + round)).value}}};
        VERIFY_RESULT(folders.answer());
        VERIFY_RESULT(budget.answer());
        const auto kept = loadSettings(rig.folder / "settings.json", {});
        VERIFY_RESULT(kept);
        QCOMPARE(kept->modelFolders.front().string(), "/folder/" + std::to_string(round));
        QCOMPARE(kept->cacheBudget, kMiB * (64 + round));
        QCOMPARE(rig.engine().snapshot()->folders.front().string(), "/folder/" + std::to_string(round));
    }
}

void TestEngineJobs::scansWhileItLoads()
{
    EngineRig rig;
    for (int i = 0; i < 4; ++i)
        rig.write("model-" + std::to_string(i), kMiB);
    VERIFY_RESULT(rig.scan());
    for (int round = 0; round < 5; ++round) {
        std::vector<Running> jobs;
        for (int i = 0; i < 4; ++i) {
            const std::string id = rig.idOf("model-" + std::to_string(i));
            jobs.emplace_back(rig.engine(), "model.post_model_load", Json{{"model_id", id}});
            jobs.emplace_back(rig.engine(), "model.get_available_models", Json::object());
        }
        for (Running& job : jobs)
            VERIFY_RESULT(job.answer());
        for (int i = 0; i < 4; ++i)
            VERIFY_RESULT(rig.unload(rig.idOf("model-" + std::to_string(i))));
        VERIFY_RESULT(rig.call("model.delete_model_cache"));
    }
    QCOMPARE(rig.heldOn(0), Bytes{});
    QCOMPARE(rig.heldInCache(), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

QTEST_APPLESS_MAIN(TestEngineJobs)
#include "test_engine_jobs.moc"
