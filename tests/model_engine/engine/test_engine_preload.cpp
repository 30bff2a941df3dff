// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/preload/preload_plans.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

/// Three models of 8 MiB beside a cache of 64 MiB and a host device of 32 MiB, unless a test changes that.
class PreloadRig : public EngineRig {
public:
    PreloadRig()
    {
        for (const char* name : {"hat", "beret", "cap"})
            write(name, kMiB * 8);
    }
    ~PreloadRig() { close(); }

    [[nodiscard]] Result<Json> put(
        const std::vector<std::string>& models, const std::string& device, bool atStart = false)
    {
        Json ids = Json::array();
        for (const std::string& model : models)
            ids.push_back(idOf(model));
        return call("preload.post_preload_plan",
            {{"name", "today"}, {"model_ids", ids}, {"device_ids", {device}}, {"run_at_start", atStart}});
    }
    /// "hat loaded, beret cached": what became of the plan's models, or the error.
    [[nodiscard]] std::string run(Json fields = Json::object())
    {
        fields["name"] = "today";
        const auto answer = call("preload.post_preload_run", fields);
        if (!answer)
            return std::string{toText(answer.error().code)};
        std::string outcomes;
        for (const Json& row : answer->at("models"))
            outcomes += (outcomes.empty() ? "" : ", ") + row.at("name").get<std::string>() + " "
                + row.at("outcome").get<std::string>();
        return outcomes;
    }
    [[nodiscard]] bool isLoaded(const std::string& name)
    {
        const EngineSnapshotPtr now = engine().snapshot();
        const auto model = findModel(*now, ModelId{idOf(name)});
        return model && (*model)->isLoaded();
    }
};

} // namespace

/// Models that are made ready ahead of use (O10).
class TestEnginePreload : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void makesAPlanReady();
    void cachesWhatTheDeviceHasNoRoomFor();
    void keepsWhatItHasCached();
    void oneThatCannotBeReadHoldsUpNobody();
    void leavesOutWhatIsTooLate();
    void aCancelledPlanKeepsWhatWasReady();
    void goesOnAtTheNextStart_data();
    void goesOnAtTheNextStart();
    void bringsBackWhatWasLoadedBeforeARestart();
    void beginsNothingUnlessItIsToldTo();
    void saysWhatAPlanTakes();
    void refusesPlansThatMakeNoSense();
    void preloadsOneModel();
    void putsUrgentOnesFirst();
};

void TestEnginePreload::makesAPlanReady()
{
    PreloadRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.put({"hat", "beret"}, "HOST_0"));
    QCOMPARE(rig.run(), std::string{"hat loaded, beret loaded"});
    QVERIFY(rig.isLoaded("hat") && rig.isLoaded("beret") && !rig.isLoaded("cap"));
    QCOMPARE(rig.run(), std::string{"hat loaded, beret loaded"}); // again: they are there
    QCOMPARE(rig.wrongSnapshot(), std::string{});
    const auto plans = rig.call("preload.get_preload_plans");
    VERIFY_RESULT(plans);
    QCOMPARE(plans->at("plans").at(0).at("is_unfinished").get<bool>(), false);
    VERIFY_RESULT(rig.call("preload.delete_preload_plan", {{"name", "today"}}));
    QCOMPARE(rig.run(), std::string{"preload_plan_not_found"});
    QVERIFY(rig.isLoaded("hat"));
}

void TestEnginePreload::cachesWhatTheDeviceHasNoRoomFor()
{
    PreloadRig rig;
    rig.settings.hostDevices = {kMiB * 12};
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.put({"hat", "beret"}, "HOST_0"));
    QCOMPARE(rig.run(), std::string{"hat loaded, beret cached"});
    VERIFY_RESULT(rig.put({"hat", "beret"}, "GPU_7"));
    QCOMPARE(rig.run(), std::string{"hat cached, beret cached"});
}

/// The cache has room for two of the three: the third must not push out the first.
void TestEnginePreload::keepsWhatItHasCached()
{
    PreloadRig rig;
    rig.settings.cacheBudget = kMiB * 20;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.put({"hat", "beret", "cap"}, "cache"));
    QCOMPARE(rig.run(), std::string{"hat cached, beret cached, cap no_room"});
    const auto model = [&](const char* name) { return *findModel(*rig.engine().snapshot(), ModelId{rig.idOf(name)}); };
    QVERIFY(model("hat")->isCached() && model("beret")->isCached());
}

void TestEnginePreload::oneThatCannotBeReadHoldsUpNobody()
{
    PreloadRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.put({"hat", "beret"}, "HOST_0"));
    std::filesystem::remove(rig.folder / "models/hat.safetensors");
    QCOMPARE(rig.run(), std::string{"hat failed, beret loaded"});
}

void TestEnginePreload::leavesOutWhatIsTooLate()
{
    PreloadRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.put({"hat", "beret"}, "cache"));
    QCOMPARE(rig.run({{"deadline_seconds", 0}}), std::string{"hat too_late, beret too_late"});
    QCOMPARE(rig.heldInCache(), Bytes{});
    QCOMPARE(rig.run({{"deadline_seconds", 3600}}), std::string{"hat cached, beret cached"});
}

void TestEnginePreload::aCancelledPlanKeepsWhatWasReady()
{
    PreloadRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.put({"hat", "beret"}, "cache"));
    // When the first is in the cache.
    rig.onJob = [&](const JobSnapshot& job) {
        if (job.description.operation == "post_preload_run" && job.unitsDone > 0
            && !rig.engine().snapshot()->cache.owners.empty())
            static_cast<void>(rig.engine().cancel(job.id));
    };
    const std::string outcome = rig.run();
    rig.onJob = {};
    // The cancel may come too late for a run this short; then all of it is there.
    QVERIFY2(outcome == "cancelled" || outcome == "hat cached, beret cached", outcome.c_str());
    const auto hat = *findModel(*rig.engine().snapshot(), ModelId{rig.idOf("hat")});
    QVERIFY(hat->isCached());
    const auto plans = rig.call("preload.get_preload_plans");
    VERIFY_RESULT(plans);
    QVERIFY(!plans->at("plans").at(0).at("is_unfinished").get<bool>()); // the user does not want it any more
}

void TestEnginePreload::goesOnAtTheNextStart_data()
{
    QTest::addColumn<bool>("runsAtStart");
    QTest::addColumn<bool>("isUnfinished");
    QTest::newRow("meant for the start") << true << false;
    QTest::newRow("the program ended meanwhile") << false << true;
}

void TestEnginePreload::goesOnAtTheNextStart()
{
    QFETCH(const bool, runsAtStart);
    QFETCH(const bool, isUnfinished);
    PreloadRig rig;
    rig.dataFolder = rig.folder / "data";
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.put({"hat"}, "HOST_0", runsAtStart));
    rig.close();
    if (isUnfinished)
        VERIFY_RESULT(PreloadPlans(rig.dataFolder / "preload_plans.json").setUnfinished("today", true));
    rig.preloadAtStart = PreloadAtStart::On;
    static_cast<void>(rig.engine());
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return !now.devices.at(0).owners.empty(); }));
    QTRY_VERIFY(rig.isLoaded("hat"));
    QTRY_VERIFY(!rig.call("preload.get_preload_plans").value().at("plans").at(0).at("is_unfinished").get<bool>());
}

void TestEnginePreload::bringsBackWhatWasLoadedBeforeARestart()
{
    PreloadRig rig;
    rig.dataFolder = rig.folder / "data";
    VERIFY_RESULT(rig.scan());
    const auto nothing = rig.call("preload.post_restart_plan");
    VERIFY_RESULT(nothing);
    QVERIFY(nothing->at("plan").is_null());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("cap")}}));
    const auto answer = rig.call("preload.post_restart_plan");
    VERIFY_RESULT(answer);
    const Json& plan = answer->at("plan");
    QVERIFY(plan.at("is_unfinished").get<bool>() && !plan.at("runs_at_start").get<bool>());
    QCOMPARE(plan.at("models").size(), 1U);
    rig.close();
    rig.preloadAtStart = PreloadAtStart::On;
    static_cast<void>(rig.engine());
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return !now.devices.at(0).owners.empty(); }));
    QTRY_VERIFY(rig.isLoaded("hat"));
    QVERIFY(!rig.isLoaded("cap"));
    // Once: it is no plan that begins at each start.
    QTRY_VERIFY(!rig.call("preload.get_preload_plans").value().at("plans").at(0).at("is_unfinished").get<bool>());
}

/// An engine of one command: the plans of the window are not its business.
void TestEnginePreload::beginsNothingUnlessItIsToldTo()
{
    PreloadRig rig;
    rig.dataFolder = rig.folder / "data";
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.put({"hat"}, "HOST_0", true));
    rig.close();
    QTRY_VERIFY(!rig.idOf("hat").empty()); // the kept catalogue is there, after which plans would begin
    VERIFY_RESULT(rig.call("model.get_available_models")); // waits for what was kept
    QVERIFY(rig.engine().jobs().size() == 1);
    QVERIFY(!rig.isLoaded("hat"));
}

void TestEnginePreload::saysWhatAPlanTakes()
{
    PreloadRig rig;
    rig.settings.hostDevices = {kMiB * 12};
    VERIFY_RESULT(rig.scan());
    const auto plan = rig.put({"hat", "beret"}, "HOST_0");
    VERIFY_RESULT(plan);
    const Json& needs = plan->at("needs");
    const Json& device = needs.at("devices").at(0);
    QVERIFY(needs.at("cache").at("fits").get<bool>());
    QCOMPARE(needs.at("cache").at("needed_bytes").get<std::uint64_t>(), kMiB.value * 16 + 12);
    QCOMPARE(device.at("capacity_bytes").get<std::uint64_t>(), kMiB.value * 12);
    QVERIFY(!device.at("fits").get<bool>());
    QVERIFY(needs.at("missing_model_ids").empty());
    const auto unknown =
        rig.call("preload.post_preload_plan", {{"name", "b"}, {"model_ids", {"gone"}}, {"device_ids", {"GPU_9"}}});
    VERIFY_RESULT(unknown);
    QCOMPARE(writeJson(unknown->at("needs").at("missing_model_ids")), std::string{R"(["gone"])"});
}

void TestEnginePreload::refusesPlansThatMakeNoSense()
{
    PreloadRig rig;
    VERIFY_RESULT(rig.scan());
    const auto uneven = rig.call("preload.post_preload_plan",
        {{"name", "a"}, {"model_ids", {"x", "y", "z"}}, {"device_ids", {"HOST_0", "cache"}}});
    VERIFY_ERROR(uneven, ErrorCode::InvalidValue);
    QCOMPARE(uneven.error().context.field, std::string{"device_ids"});
    VERIFY_ERROR(rig.call("preload.post_preload_plan", {{"name", ""}, {"model_ids", {"x"}}}), ErrorCode::InvalidValue);
    VERIFY_ERROR(rig.call("preload.post_preload_run", {{"name", "none"}}), ErrorCode::PreloadPlanNotFound);
    VERIFY_ERROR(rig.call("preload.delete_preload_plan", {{"name", "none"}}), ErrorCode::PreloadPlanNotFound);
}

void TestEnginePreload::preloadsOneModel()
{
    PreloadRig rig;
    VERIFY_RESULT(rig.scan());
    const auto cached = rig.call("model.post_model_preload", {{"model_id", rig.idOf("hat")}});
    VERIFY_RESULT(cached);
    QCOMPARE(cached->at("outcome").get<std::string>(), std::string{"cached"});
    QCOMPARE(cached->at("device_id").get<std::string>(), std::string{"cache"});
    const auto loaded = rig.call("model.post_model_preload", {{"model_id", rig.idOf("hat")}, {"device_id", "HOST_0"}});
    VERIFY_RESULT(loaded);
    QCOMPARE(loaded->at("outcome").get<std::string>(), std::string{"loaded"});
    VERIFY_ERROR(rig.call("model.post_model_preload", {{"model_id", "gone"}}), ErrorCode::ModelNotFound);
}

void TestEnginePreload::putsUrgentOnesFirst()
{
    PreloadRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.put({"beret"}, "cache"));
    const auto urgency = [&](const char* priority) {
        Json fields{{"model_id", rig.idOf("hat")}};
        Json plan = Json::object();
        if (priority)
            fields["priority"] = plan["priority"] = priority;
        const bool isDone = rig.call("model.post_model_preload", fields) && rig.run(plan) == "beret cached";
        const auto jobs = rig.engine().jobs();
        const bool isSame = jobs.back()->description.urgency == jobs[jobs.size() - 2]->description.urgency;
        return isDone && isSame ? std::optional{jobs.back()->description.urgency} : std::nullopt;
    };
    QVERIFY(urgency("urgent") == JobUrgency::Urgent);
    QVERIFY(urgency("normal") == JobUrgency::Normal);
    QVERIFY(urgency(nullptr) == JobUrgency::Normal);
    VERIFY_ERROR(rig.call("model.post_model_preload", {{"model_id", rig.idOf("hat")}, {"priority", "now"}}),
        ErrorCode::InvalidValue);
}

QTEST_APPLESS_MAIN(TestEnginePreload)
#include "test_engine_preload.moc"
