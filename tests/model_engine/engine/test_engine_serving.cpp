// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/model_engine/server/line_client.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

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
    void answersAsTheEngineItself_data();
    void answersAsTheEngineItself();
    void offersEveryOperation();
    void loadsAndTellsTheProgress();
    void rollsBackForAClientThatIsGone();
    void cancelsAndListsJobs();
    void tellsClientsWhenItEnds();

private:
    ResourceUse m_before;
};

void TestEngineServing::answersAsTheEngineItself_data()
{
    QTest::addColumn<QByteArray>("operation");
    for (const char* operation : {"model.get_model", "model.get_model_status", "model.get_model_cache",
             "model.get_model_components", "worker.get_cache_status", "settings.get_settings"})
        QTest::newRow(operation) << QByteArray{operation};
}

void TestEngineServing::answersAsTheEngineItself()
{
    QFETCH(QByteArray, operation);
    ServingRig rig;
    VERIFY_RESULT(rig.open());
    const OperationSpec* spec = rig.engine().operations().find(operation.toStdString());
    QVERIFY(spec);
    Json fields = Json::object();
    if (std::ranges::any_of(spec->fields, [](const FieldSpec& field) { return field.name.text() == "model_id"; }))
        fields["model_id"] = rig.idOf("hat");
    const auto direct = rig.call(operation.toStdString(), fields);
    VERIFY_RESULT(direct);
    for (const auto& door : {rig.place.socket(), rig.place.readSocket()}) {
        LineClient client{door};
        QVERIFY(client.ask(1, operation.constData(), fields));
        const Json answer = answerTo(client, 1);
        QVERIFY2(answer.contains("result") && answer.at("result") == *direct, writeJson(answer).c_str());
    }
}

void TestEngineServing::offersEveryOperation()
{
    ServingRig rig;
    VERIFY_RESULT(rig.open());
    LineClient client{rig.place.socket()};
    LineClient reader{rig.place.readSocket()};
    const Json wrong{{"no_such_field", 1}};
    for (const OperationSpec& spec : rig.engine().operations().all()) {
        const std::string name = spec.fullName();
        QVERIFY(client.ask(name, name.c_str(), wrong));
        const Json refused = answerTo(client, name);
        QVERIFY2(refused.at("error").at("data").at("code") == "unknown_field", writeJson(refused).c_str());
        QVERIFY(reader.ask(name, name.c_str(), wrong));
        const std::string code = answerTo(reader, name).at("error").at("data").at("code");
        QCOMPARE(code, std::string{spec.name.text().starts_with("get_") ? "unknown_field" : "not_allowed"});
    }
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

QTEST_APPLESS_MAIN(TestEngineServing)
#include "test_engine_serving.moc"
