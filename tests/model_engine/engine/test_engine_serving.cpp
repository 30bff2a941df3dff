// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/monitor_rig.h"
#include "tests/model_engine/server/line_client.h"
#include "tests/model_engine/server/rest/http_client.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <future>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// An engine that is served, with a model of 8 MiB.
class ServingRig : public EngineRig {
public:
    Result<> open()
    {
        write("hat", kMiB * 8);
        if (auto served = engine().serve(ClaimedPlace::claim(place).value()); !served)
            return served;
        auto rest = engine().serveRest({.port = 0, .tokens = tokens});
        if (!rest)
            return fail(std::move(rest).error());
        port = *rest;
        auto scanned = scan();
        return scanned ? Result<>{} : Result<>{fail(scanned.error())};
    }
    /// Before open(): each load waits for the gate when it begins to plan.
    void holdLoads(Gate& gate)
    {
        onJob = [&gate](const JobSnapshot& job) {
            if (job.description.operation == "post_model_load" && job.phase == JobPhase::Planning && !job.isFinished())
                gate.pass();
        };
    }

    SocketPlace place{folder / "sockets"};
    RestTokens tokens{.full = std::string(64, 'a'), .readOnly = std::string(64, 'b')};
    std::uint16_t port = 0;
};

/// What the answer to this id is; notifications before it are left out.
Json answerTo(LineClient& client, const Json& id)
{
    while (const auto message = client.next()) {
        if (message->contains("id") && message->at("id") == id)
            return *message;
    }
    return {};
}

} // namespace

/// The local socket in front of a real engine.
class TestEngineServing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void keepsKeysThatAreData();
    void loadsByRest();
    void loadsAndTellsTheProgress();
    void rollsBackForAClientThatIsGone();
    void cancelsAndListsJobs();
    void tellsClientsWhenItEnds();
    void tellsOfAlerts();

private:
    ResourceUse m_before;
};

void TestEngineServing::keepsKeysThatAreData()
{
    ServingRig rig;
    rig.folder.write("models/tagged.safetensors",
        SafetensorsBuilder().metadata("some_key", "a").metadata("spec.Key", "b").tensor("a", "U8", {8}).build());
    VERIFY_RESULT(rig.open());
    HttpClient client{rig.port, rig.tokens.full};
    QVERIFY(client.get("/api/models/" + rig.idOf("tagged") + "/metadata?naming=pascal&IncludeRaw=true"));
    const auto answer = client.next();
    QVERIFY2(answer && answer->status == 200, answer->body.c_str());
    QVERIFY2(
        answer->json().at("Raw").at("Header") == (Json{{"some_key", "a"}, {"spec.Key", "b"}}), answer->body.c_str());
    QVERIFY(client.get("/api/models/" + rig.idOf("tagged") + "/hashes?naming=pascal&Algorithms=tensor_sha256"));
    const Json hashes = client.next()->json().at("Files").at(0).at("Hashes");
    QVERIFY2(hashes.contains("tensor_sha256"), writeJson(hashes).c_str());
}

void TestEngineServing::loadsByRest()
{
    ServingRig rig;
    VERIFY_RESULT(rig.open());
    HttpClient client{rig.port, rig.tokens.full};
    const std::string model = "/api/models/" + rig.idOf("hat");
    QVERIFY(client.post(model + "/load", R"({"DeviceId": "HOST_0"})", {{"X-Naming", "pascal"}}));
    const auto loaded = client.next();
    QVERIFY2(loaded && loaded->status == 200, loaded->body.c_str());
    QVERIFY(loaded->json().at("DeviceId") == "HOST_0" && loaded->json().contains("TotalVramBytes"));
    QVERIFY(rig.heldOn(0) >= kMiB * 8);
    QVERIFY(client.post(model + "/unload", "{}", {{"Prefer", "respond-async"}}));
    const auto begun = client.next();
    QVERIFY(begun && begun->status == 202);
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return now.devices.at(0).memory.ours.held == Bytes{}; }));
    Json job;
    while (job.is_null() || job.at("state") == "running") {
        QVERIFY(client.get(begun->headers.at("location")));
        job = client.next()->json();
    }
    QVERIFY2(job.at("state") == "succeeded" && job.at("answer").contains("model_id"), writeJson(job).c_str());
    QVERIFY(client.post(model + "/load", R"({"device_id": "GPU_7"})"));
    const auto refused = client.next();
    QVERIFY(refused && refused->status == 404 && refused->code() == "device_not_found");
    QVERIFY(client.get("/api/jobs/4711"));
    QCOMPARE(client.next()->code(), std::string{"job_not_found"});
}

void TestEngineServing::loadsAndTellsTheProgress()
{
    ServingRig rig;
    VERIFY_RESULT(rig.open());
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(1, "server.post_subscribe", {{"topics", {"own_jobs", "state"}}}));
    answerTo(client, 1);
    QVERIFY(client.ask(2, "model.post_model_load", {{"model_id", rig.idOf("hat")}}));
    Json job;
    std::uint64_t revision = 0;
    std::optional<Json> message;
    while ((message = client.next()) && !message->contains("id")) {
        if (message->at("method") == "server.job_changed")
            job = message->at("params");
        if (message->at("method") == "server.state_changed")
            revision = message->at("params").at("revision").get<std::uint64_t>();
    }
    QVERIFY(message && message->at("id") == 2);
    QVERIFY2(message->contains("result"), writeJson(*message).c_str());
    QVERIFY(job.at("operation") == "post_model_load" && job.at("model_id") == rig.idOf("hat"));
    QVERIFY(revision > 0);
    QVERIFY(rig.heldOn(0) >= kMiB * 8);
    QVERIFY(client.ask(3, "model.post_model_unload", {{"model_id", rig.idOf("hat")}}));
    QVERIFY(answerTo(client, 3).contains("result"));
    QCOMPARE(rig.heldOn(0), Bytes{});
}

void TestEngineServing::rollsBackForAClientThatIsGone()
{
    ServingRig rig;
    Gate gate;
    std::promise<JobState> ended;
    rig.onJob = [&](const JobSnapshot& job) {
        if (job.description.operation != "post_model_load")
            return;
        if (job.isFinished())
            ended.set_value(job.state);
        else if (job.phase == JobPhase::Reading || job.phase == JobPhase::Copying)
            gate.pass();
    };
    VERIFY_RESULT(rig.open());
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(1, "model.post_model_load", {{"model_id", rig.idOf("hat")}}));
    gate.waitForArrivals();
    client.hangUp();
    // The server has heard of it when it has answered somebody who came later, twice: the hang-up was first in its
    // queue.
    for (int i = 0; i < 2; ++i) {
        LineClient later{rig.place.socket()};
        QVERIFY(later.ask(1, "server.get_server_info"));
        QVERIFY(later.next());
    }
    gate.open();
    QVERIFY(ended.get_future().get() == JobState::Cancelled);
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) {
        return now.devices.at(0).memory.ours.held == Bytes{} && !now.models.at(0).isLoading();
    }));
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineServing::cancelsAndListsJobs()
{
    ServingRig rig;
    Gate gate;
    rig.holdLoads(gate);
    VERIFY_RESULT(rig.open());
    LineClient owner{rig.place.socket()};
    QVERIFY(owner.ask(1, "model.post_model_load", {{"model_id", rig.idOf("hat")}}));
    gate.waitForArrivals();
    const Json job = owner.next()->at("params").at("job_id");
    LineClient other{rig.place.socket()};
    QVERIFY(other.ask(1, "job.get_jobs"));
    const Json jobs = answerTo(other, 1).at("result").at("jobs");
    const auto row = std::ranges::find(jobs, job, [](const Json& one) { return one.at("job_id"); });
    QVERIFY(row != jobs.end() && row->at("state") == "running" && row->at("operation") == "post_model_load");
    QVERIFY(other.ask(2, "job.post_job_cancel", {{"job_id", job}}));
    QVERIFY(answerTo(other, 2).at("result").at("job_id") == job);
    gate.open();
    QVERIFY(answerTo(owner, 1).at("error").at("data").at("code") == "cancelled");
    QVERIFY(other.ask(3, "job.post_job_cancel", {{"job_id", job}}));
    QVERIFY(answerTo(other, 3).at("error").at("data").at("code") == "job_not_found");
}

void TestEngineServing::tellsClientsWhenItEnds()
{
    ServingRig rig;
    Gate gate;
    rig.holdLoads(gate);
    VERIFY_RESULT(rig.open());
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(1, "model.post_model_load", {{"model_id", rig.idOf("hat")}}));
    gate.waitForArrivals();
    std::jthread end{[&rig] { rig.engine().stopServing(); }};
    while (connectTo(rig.place.socket())) { } // until it has begun to stop, which is when it cancels
    gate.open();
    QVERIFY(answerTo(client, 1).at("error").at("data").at("code") == "cancelled");
    QVERIFY(!client.next());
}

/// From its beginning to its end, in this order, and what somebody has seen.
void TestEngineServing::tellsOfAlerts()
{
    MonitorRig rig({kMiB * 8});
    rig.settings.alerts.hold = {};
    rig.write("one", kMiB * 7 + kKiB * 512);
    VERIFY_RESULT(rig.scan());
    const SocketPlace place{rig.folder / "sockets"};
    VERIFY_RESULT(rig.engine().serve(ClaimedPlace::claim(place).value()));
    LineClient client{place.readSocket()};
    QVERIFY(client.ask(1, "server.post_subscribe", {{"topics", {"alerts"}}}));
    QVERIFY(answerTo(client, 1).contains("result"));
    VERIFY_RESULT(rig.load(rig.idOf("one")));
    const auto raised = client.next();
    QVERIFY(raised);
    QVERIFY2(raised->at("method") == "server.alert_changed", writeJson(*raised).c_str());
    const Json& alert = raised->at("params");
    QVERIFY2(alert.at("change") == "raised" && alert.at("kind") == "memory_full" && alert.at("is_active") == true
            && alert.at("device_id") == "HOST_0",
        writeJson(alert).c_str());
    const Json number = alert.at("alert_id");
    VERIFY_RESULT(rig.call("monitor.post_alert_acknowledge", {{"alert_id", number}}));
    VERIFY_RESULT(rig.call("monitor.post_alert_acknowledge", {{"alert_id", number}})); // nothing new
    const auto seen = client.next();
    QVERIFY(seen);
    QVERIFY2(seen->at("params").at("change") == "acknowledged" && seen->at("params").at("alert_id") == number
            && seen->at("params").at("acknowledged_at").is_string(),
        writeJson(*seen).c_str());
    VERIFY_RESULT(rig.unload(rig.idOf("one")));
    const auto over = client.next();
    QVERIFY(over);
    QVERIFY2(over->at("params").at("change") == "recovered" && over->at("params").at("alert_id") == number
            && over->at("params").at("is_active") == false && over->at("params").at("acknowledged_at").is_string(),
        writeJson(*over).c_str());
}

QTEST_APPLESS_MAIN(TestEngineServing)
#include "test_engine_serving.moc"
