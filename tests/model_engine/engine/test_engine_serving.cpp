// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/naming.h"
#include "model_engine/server/rest_names.h"
#include "model_engine/server/rest_routes.h"
#include "model_engine/server/rest_status.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/model_engine/server/http_client.h"
#include "tests/model_engine/server/line_client.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <future>
#include <set>
#include <utility>

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
    /// Fields that the operation takes: those that it needs.
    [[nodiscard]] Json fieldsFor(const OperationSpec& spec)
    {
        Json fields = Json::object();
        for (const FieldSpec& field : spec.fields) {
            if (field.name.text() == "model_id")
                fields["model_id"] = idOf("hat");
            if (field.name.text() == "job_id")
                fields["job_id"] = 1; // the scan
            if (field.name.text() == "path" && field.presence == Presence::Required)
                fields["path"] = (folder / (spec.family == "model" ? "models/hat.safetensors" : "models")).string();
        }
        return fields;
    }

    SocketPlace place{folder / "sockets"};
    RestTokens tokens{.full = std::string(64, 'a'), .readOnly = std::string(64, 'b')};
    std::uint16_t port = 0;
};

/// Asks for an operation by REST, with these fields in the places that they have there.
bool askByRest(HttpClient& client, const RestRoutes& routes, const OperationSpec& spec, Json fields)
{
    const std::string item = std::string{spec.family.text()} + "_id";
    const auto route = std::ranges::find_if(routes.all(),
        [&](const RestRoute& one) { return one.operation == &spec && (one.item != nullptr) == fields.contains(item); });
    if (route == routes.all().end())
        return false;
    std::string target = route->path();
    if (route->item) {
        const Json& value = fields.at(item);
        const std::string text = value.is_string() ? value.get<std::string>() : writeJson(value);
        target.replace(target.find('{'), target.find('}') - target.find('{') + 1, text);
        fields.erase(item);
    }
    if (route->method == "POST")
        return client.post(target, writeJson(fields));
    char separator = '?';
    for (const auto& [name, value] : fields.items()) {
        target += std::exchange(separator, '&');
        target.append(name).append("=").append(value.is_string() ? value.get<std::string>() : writeJson(value));
    }
    return client.say(client.head(route->method, target));
}

/// Keys of an answer that are neither names nor declared as data; `path` is where `part` stands in it.
void collectOddKeys(
    const Json& part, const std::string& path, const std::vector<std::string>& dataKeys, std::set<std::string>& odd)
{
    const bool isData = std::ranges::find(dataKeys, path) != dataKeys.end();
    for (const auto& [key, value] : part.items()) {
        const std::string inside = part.is_array() ? path : path.empty() ? key : path + "." + key;
        if (part.is_object() && !isData && !isRegistrableName(key))
            odd.insert(inside);
        if (value.is_structured())
            collectOddKeys(value, inside, dataKeys, odd);
    }
}

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
    void answersAsTheEngineItself();
    void namesAllThatIsNoData();
    void keepsKeysThatAreData();
    void offersEveryOperation();
    void loadsByRest();
    void loadsAndTellsTheProgress();
    void rollsBackForAClientThatIsGone();
    void cancelsAndListsJobs();
    void tellsClientsWhenItEnds();

private:
    ResourceUse m_before;
};

void TestEngineServing::answersAsTheEngineItself()
{
    ServingRig rig;
    VERIFY_RESULT(rig.open());
    const RestRoutes routes{rig.engine().operations()};
    LineClient full{rig.place.socket()};
    LineClient reader{rig.place.readSocket()};
    HttpClient rest{rig.port, rig.tokens.full};
    HttpClient restReader{rig.port, rig.tokens.readOnly};
    int compared = 0;
    for (const OperationSpec& spec : rig.engine().operations().all()) {
        // What changes nothing and takes nothing is the same however often it is asked for.
        const bool isGet = spec.duration == Duration::Quick && spec.name.text().starts_with("get_");
        if (!isGet || spec.caller == Caller::Connected)
            continue;
        const std::string name = spec.fullName();
        const Json fields = rig.fieldsFor(spec);
        const auto direct = rig.call(name, fields);
        VERIFY_RESULT(direct);
        for (LineClient* client : {&full, &reader}) {
            QVERIFY(client->ask(name, name.c_str(), fields));
            const Json answer = answerTo(*client, name);
            QVERIFY2(answer.contains("result") && answer.at("result") == *direct, writeJson(answer).c_str());
        }
        for (HttpClient* client : {&rest, &restReader}) {
            QVERIFY(askByRest(*client, routes, spec, fields));
            const auto answer = client->next();
            QVERIFY2(answer && answer->status == 200 && answer->json() == *direct, answer->body.c_str());
        }
        ++compared;
    }
    QVERIFY(compared >= 9);
}

/// In PascalCase every key of an answer is converted but those that are declared as data: all others must be names.
void TestEngineServing::namesAllThatIsNoData()
{
    ServingRig rig;
    VERIFY_RESULT(rig.open());
    const Json all{{"include_raw", true}, {"include_trace", true}, {"include_tensors", true}, {"include_hashes", true},
        {"verify", true}};
    std::set<std::string> odd;
    const auto look = [&](const char* name) {
        const OperationSpec* spec = rig.engine().operations().find(name);
        QVERIFY2(spec, name);
        Json fields = rig.fieldsFor(*spec);
        for (const FieldSpec& field : spec->fields) {
            if (const auto more = all.find(field.name.text()); more != all.end())
                fields[std::string{field.name.text()}] = *more;
        }
        const auto answer = rig.call(name, fields);
        VERIFY_RESULT(answer);
        std::set<std::string> found;
        collectOddKeys(*answer, {}, spec->dataKeys, found);
        for (const std::string& key : found)
            odd.insert(std::string{name} + ": " + key);
    };
    for (const char* name : {"model.post_model_load", "model.post_model_validate", "model.post_model_optimize",
             "worker.comprehensive_model_scan", "worker.analyze_cache_patterns", "worker.optimize_cache",
             "worker.optimize_component_sharing", "model.post_model_config_update", "settings.post_settings_update"})
        look(name);
    for (const OperationSpec& spec : rig.engine().operations().all()) {
        if (spec.name.text().starts_with("get_") && spec.caller == Caller::Anybody)
            look(spec.fullName().c_str());
    }
    for (const char* name : {"model.post_model_unload", "model.delete_model_cache"})
        look(name);
    QVERIFY2(odd.empty(), odd.empty() ? "" : odd.begin()->c_str());
}

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

void TestEngineServing::offersEveryOperation()
{
    ServingRig rig;
    VERIFY_RESULT(rig.open());
    const RestRoutes routes{rig.engine().operations()};
    LineClient client{rig.place.socket()};
    LineClient reader{rig.place.readSocket()};
    HttpClient rest{rig.port, rig.tokens.full};
    HttpClient restReader{rig.port, rig.tokens.readOnly};
    for (const OperationSpec& spec : rig.engine().operations().all()) {
        const std::string name = spec.fullName();
        Json wrong{{"no_such_field", 1}};
        const bool isGet = spec.name.text().starts_with("get_");
        QVERIFY(client.ask(name, name.c_str(), wrong));
        const Json refused = answerTo(client, name);
        QVERIFY2(refused.at("error").at("data").at("code") == "unknown_field", writeJson(refused).c_str());
        QVERIFY(reader.ask(name, name.c_str(), wrong));
        const std::string code = answerTo(reader, name).at("error").at("data").at("code");
        QCOMPARE(code, std::string{isGet ? "unknown_field" : "not_allowed"});
        if (spec.caller == Caller::Connected)
            continue; // not by HTTP
        const Json needed = rig.fieldsFor(spec);
        for (const std::string item : {"model_id", "job_id"}) {
            if (item == std::string{spec.family.text()} + "_id" && needed.contains(item))
                wrong[item] = needed.at(item);
        }
        QVERIFY(askByRest(rest, routes, spec, wrong));
        const auto answer = rest.next();
        QVERIFY2(answer && answer->status == 400 && answer->json().at("error") == refused.at("error").at("data"),
            name.c_str());
        QVERIFY(askByRest(restReader, routes, spec, wrong));
        const auto toReader = restReader.next();
        QVERIFY2(toReader && toReader->status == (isGet ? 400 : 403), name.c_str());
        if (toReader->closes()) // what it sends with a POST is not read
            restReader = HttpClient{rig.port, rig.tokens.readOnly};
    }
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

QTEST_APPLESS_MAIN(TestEngineServing)
#include "test_engine_serving.moc"
