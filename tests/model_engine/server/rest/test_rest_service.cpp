// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_service.h"

#include "model_engine/server/metrics/open_metrics.h"
#include "tests/model_engine/server/sample_snapshot.h"
#include "tests/model_engine/server/scripted_engine.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr std::uint16_t kPort = 9767;

/// A service whose thread is the test's: what is posted runs when the test says so.
class Rig {
public:
    using Monitor = std::function<MonitorSnapshotPtr()>;
    explicit Rig(Monitor monitor = {})
        : engine(std::move(monitor))
        , m_served(engine.served())
        , service(std::make_shared<RestService>(RestService::Environment{.engine = m_served,
              .port = kPort,
              .tokens = {.full = std::string(64, 'a'), .readOnly = std::string(64, 'b')},
              .post = [this](std::function<void()> work) { m_posted.push_back(std::move(work)); }}))
    {
    }

    [[nodiscard]] static RestHead head(const char* method, const char* target, std::vector<RestHeader> more = {})
    {
        RestHead head{.method = method,
            .target = target,
            .headers = {{"host", "127.0.0.1:9767"}, {"content-type", "application/json"}}};
        if (std::ranges::find(more, std::string{"authorization"}, &RestHeader::name) == more.end())
            head.headers.push_back({"authorization", "Bearer " + std::string(64, 'a')});
        std::ranges::move(more, std::back_inserter(head.headers));
        return head;
    }
    /// Begins a request; the job that its client waits for. The answer is there after run().
    JobId begin(const RestHead& head, std::string_view body = {})
    {
        const auto call = service->check(head);
        if (!call) {
            answers.push_back(call.error());
            return {};
        }
        return service->start(*call, body, [this](RestResponse response) { answers.push_back(std::move(response)); });
    }
    void run()
    {
        while (!m_posted.empty()) {
            const auto work = std::move(m_posted.front());
            m_posted.pop_front();
            work();
        }
    }
    /// All of a request; its answer.
    RestResponse ask(const RestHead& head, std::string_view body = {})
    {
        const std::size_t before = answers.size();
        begin(head, body);
        run();
        return answers.size() == before + 1 ? answers.back() : RestResponse{.status = 0};
    }

    ScriptedEngine engine;
    std::vector<RestResponse> answers;

private:
    ServedEngine m_served;
    std::deque<std::function<void()>> m_posted;

public:
    std::shared_ptr<RestService> service;
};

Json json(const RestResponse& response) { return parseJson(response.body, {.maxBytes = 1U << 24U}).value(); }

std::string codeOf(const RestResponse& response) { return json(response).at("error").at("code"); }

std::string headerOf(const RestResponse& response, std::string_view name)
{
    const auto found = std::ranges::find(response.headers, name, &RestHeader::name);
    return found == response.headers.end() ? std::string{} : found->value;
}

const RestHeader kReader{"authorization", "Bearer " + std::string(64, 'b')};
const RestHeader kAsync{"prefer", "wait=5 , Respond-Async"};

} // namespace

class TestRestService : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void carriesOutOperations();
    void speaksPascalCase();
    void refusesOtherNamings();
    void letsReadersRead();
    void refusesBeforeTheBody_data();
    void refusesBeforeTheBody();
    void refusesBodiesAndQueriesInTheWrongPlace();
    void answersWithTheStatusOfAnError();
    void answersAfterStartHasReturned();
    void waitsForJobs();
    void leavesJobsAlone();
    void leavesNoMoreJobsAloneThanThat();
    void describesItself();
    void tellsHowItIs();
    void saysThatItIsNotWatched();
    void outlivesItsClients();
};

void TestRestService::carriesOutOperations()
{
    Rig rig;
    const RestResponse got = rig.ask(Rig::head("GET", "/api/tests/echo?max_count=5&some_texts=a"));
    QCOMPARE(got.status, 200U);
    QCOMPARE(got.body, std::string{R"({"max_count":5,"some_texts":["a"]})"});
    const RestResponse posted = rig.ask(Rig::head("POST", "/api/tests/5/item_echo"), R"({"text": "x"})");
    QCOMPARE(posted.body, std::string{R"({"text":"x","test_id":"5"})"});
    QCOMPARE(rig.ask(Rig::head("HEAD", "/api/tests/echo")).status, 200U);
}

void TestRestService::speaksPascalCase()
{
    Rig rig;
    const RestResponse byQuery = rig.ask(Rig::head("GET", "/api/tests/echo?naming=pascal&MaxCount=5"));
    QCOMPARE(byQuery.body, std::string{R"({"MaxCount":5})"});
    const RestResponse byHeader =
        rig.ask(Rig::head("POST", "/api/tests/5/item_echo", {{"x-naming", "pascal"}}), R"({"MaxCount": 5})");
    QCOMPARE(byHeader.body, std::string{R"({"MaxCount":5,"TestId":"5"})"});
    const RestResponse wrong =
        rig.ask(Rig::head("POST", "/api/tests/5/item_echo", {{"x-naming", "pascal"}}), R"({"max_count": 5})");
    QCOMPARE(wrong.status, 400U);
    QVERIFY(json(wrong).at("Error").at("Code") == "unknown_field");
    QVERIFY(json(wrong).at("Error").contains("ErrorClass"));
    // Who is not let in reads its own names, too.
    const RestResponse stranger =
        rig.ask(Rig::head("GET", "/api/tests/echo?naming=pascal", {{"authorization", "Bearer x"}}));
    QCOMPARE(stranger.status, 401U);
    QVERIFY(json(stranger).at("Error").at("Code") == "not_allowed");
    // The query is nearer to what is asked than a header that a client sets once.
    const RestResponse both =
        rig.ask(Rig::head("GET", "/api/tests/echo?naming=snake&max_count=5", {{"x-naming", "pascal"}}));
    QCOMPARE(both.body, std::string{R"({"max_count":5})"});
}

void TestRestService::refusesOtherNamings()
{
    Rig rig;
    for (const char* target : {"/api/tests/echo?naming=camel", "/api/tests/echo?naming=", "/api/tests/echo?naming",
             "/api/tests/echo?naming=pascal&naming=pascal"}) {
        const RestResponse answer = rig.ask(Rig::head("GET", target));
        QCOMPARE(answer.status, 400U);
        QCOMPARE(codeOf(answer), std::string{"invalid_value"});
    }
    QCOMPARE(rig.ask(Rig::head("GET", "/api/tests/echo", {{"x-naming", "Pascal"}})).status, 400U);
}

void TestRestService::letsReadersRead()
{
    Rig rig;
    QCOMPARE(rig.ask(Rig::head("GET", "/api/tests/echo", {kReader})).status, 200U);
    QCOMPARE(rig.ask(Rig::head("GET", "/api/openapi.json", {kReader})).status, 200U);
    for (const char* target : {"/api/tests/5/item_echo", "/api/tests/work", "/api/jobs/1/cancel"}) {
        const RestResponse refused = rig.ask(Rig::head("POST", target, {kReader}), "{}");
        QCOMPARE(refused.status, 403U);
        QCOMPARE(codeOf(refused), std::string{"not_allowed"});
    }
    QCOMPARE(rig.engine.working(), 0U);
}

void TestRestService::refusesBeforeTheBody_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("name"); ///< of a header
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<uint>("status");
    const auto row = [](const char* method, const char* target, const char* name, const char* value, uint status) {
        QTest::addRow("%s %s %s: %s", method, target, name, value)
            << QByteArray{method} << QByteArray{target} << QByteArray{name} << QByteArray{value} << status;
    };
    row("GET", "/api/tests/echo", "origin", "http://evil.example", 403);
    row("GET", "/api/nothing", "authorization", "Bearer x", 401); // who has no token is not told what there is
    row("GET", "nonsense", "authorization", "Bearer x", 401);
    row("GET", "/api/nothing", "x", "y", 404);
    row("POST", "/api/tests/echo", "x", "y", 405);
    row("PUT", "/api/openapi.json", "x", "y", 405);
    row("GET", "/metrics", "authorization", "Bearer x", 401);
    row("GET", "/metrics", "origin", "http://evil.example", 403);
    row("POST", "/metrics", "x", "y", 405);
    row("DELETE", "/metrics", "x", "y", 405);
    row("GET", "/metrics/more", "x", "y", 404);
    row("GET", "/api/metrics", "x", "y", 404);
    row("POST", "/api/tests/work", "content-type", "text/plain", 415);
    row("POST", "/api/tests/work", "content-encoding", "gzip", 415);
    row("GET", "/api/tests/../tests/echo", "x", "y", 400);
}

void TestRestService::refusesBeforeTheBody()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, name);
    QFETCH(QByteArray, value);
    QFETCH(uint, status);
    Rig rig;
    const auto call = rig.service->check(
        Rig::head(method.constData(), target.constData(), {{name.toStdString(), value.toStdString()}}));
    QVERIFY(!call);
    QCOMPARE(call.error().status, status);
    QVERIFY(json(call.error()).at("error").contains("recovery"));
    QCOMPARE(headerOf(call.error(), "allow").empty(), status != 405);
    QCOMPARE(headerOf(call.error(), "www-authenticate").empty(), status != 401);
}

void TestRestService::refusesBodiesAndQueriesInTheWrongPlace()
{
    Rig rig;
    QCOMPARE(rig.ask(Rig::head("GET", "/api/tests/echo"), "{}").status, 400U);
    QCOMPARE(rig.ask(Rig::head("POST", "/api/tests/5/item_echo?text=x"), "{}").status, 400U);
    QCOMPARE(rig.ask(Rig::head("POST", "/api/tests/5/item_echo?token=x"), "{}").status, 400U);
    QCOMPARE(rig.ask(Rig::head("GET", "/api/openapi.json?x=y")).status, 400U);
    QCOMPARE(rig.ask(Rig::head("GET", "/metrics?device=GPU_0")).status, 400U);
    QCOMPARE(rig.ask(Rig::head("POST", "/api/tests/5/item_echo"), "").status, 400U);
}

void TestRestService::answersWithTheStatusOfAnError()
{
    Rig rig;
    const RestResponse answer = rig.ask(Rig::head("POST", "/api/jobs/9/cancel"), "{}");
    QCOMPARE(answer.status, 404U);
    QCOMPARE(codeOf(answer), std::string{"job_not_found"});
}

void TestRestService::answersAfterStartHasReturned()
{
    Rig rig;
    rig.begin(Rig::head("GET", "/api/tests/echo"));
    rig.begin(Rig::head("GET", "/api/tests/echo?no_such_field=1"));
    rig.begin(Rig::head("GET", "/api/openapi.json"));
    QVERIFY(rig.answers.empty());
    rig.run();
    QCOMPARE(rig.answers.size(), 3U);
}

void TestRestService::waitsForJobs()
{
    Rig rig;
    const JobId job = rig.begin(Rig::head("POST", "/api/tests/work"), "{}");
    QVERIFY(job != JobId{});
    rig.run();
    QVERIFY(rig.answers.empty());
    QVERIFY(rig.engine.end(job, Json{{"is_done", true}}));
    rig.run();
    QCOMPARE(rig.answers.size(), 1U);
    QCOMPARE(rig.answers[0].body, std::string{R"({"is_done":true})"});
    const JobId other = rig.begin(Rig::head("POST", "/api/tests/work", {{"prefer", "wait=100"}}), "{}");
    rig.service->cancel(other); // as for a client that has gone
    QCOMPARE(rig.engine.working(), 0U);
    rig.run();
    QCOMPARE(rig.answers.back().status, 409U);
    QCOMPARE(codeOf(rig.answers.back()), std::string{"cancelled"});
}

void TestRestService::leavesJobsAlone()
{
    Rig rig;
    QVERIFY(rig.begin(Rig::head("POST", "/api/tests/work", {kAsync, {"x-naming", "pascal"}}), "{}") == JobId{});
    rig.run();
    QCOMPARE(rig.answers.size(), 1U);
    QCOMPARE(rig.answers[0].status, 202U);
    QCOMPARE(rig.answers[0].body, std::string{R"({"JobId":1})"});
    QCOMPARE(headerOf(rig.answers[0], "location"), std::string{"/api/jobs/1"});
    QCOMPARE(headerOf(rig.answers[0], "preference-applied"), std::string{"respond-async"});
    QVERIFY(rig.engine.end({1}, Json{{"is_done", true}}));
    rig.run();
    QCOMPARE(rig.answers.size(), 1U); // it had its answer
    // What is quick is answered.
    QCOMPARE(rig.ask(Rig::head("POST", "/api/tests/5/item_echo", {kAsync}), "{}").status, 200U);
    QCOMPARE(rig.ask(Rig::head("GET", "/api/tests/echo", {kAsync})).status, 200U);
}

void TestRestService::leavesNoMoreJobsAloneThanThat()
{
    Rig rig;
    for (std::size_t i = 0; i < RestService::kMostJobsAlone; ++i)
        QCOMPARE(rig.ask(Rig::head("POST", "/api/tests/work", {kAsync}), "{}").status, 202U);
    const RestResponse refused = rig.ask(Rig::head("POST", "/api/tests/work", {kAsync}), "{}");
    QCOMPARE(refused.status, 503U);
    QCOMPARE(codeOf(refused), std::string{"busy"});
    QVERIFY(rig.begin(Rig::head("POST", "/api/tests/work"), "{}") != JobId{}); // who waits may
    QVERIFY(rig.engine.end({1}, Json::object()));
    rig.run();
    QCOMPARE(rig.ask(Rig::head("POST", "/api/tests/work", {kAsync}), "{}").status, 202U);
}

void TestRestService::describesItself()
{
    Rig rig;
    const RestResponse answer = rig.ask(Rig::head("GET", "/api/openapi.json"));
    QCOMPARE(answer.status, 200U);
    QVERIFY(json(answer).at("paths").at("/api/tests/{testId}/item_echo").contains("post"));
    const RestResponse pascal = rig.ask(Rig::head("GET", "/api/openapi.json?naming=pascal"));
    QVERIFY(pascal.body.find("MaxCount") != std::string::npos && pascal.body.find("max_count") == std::string::npos);
    QCOMPARE(rig.ask(Rig::head("GET", "/api/openapi.json")).body, answer.body);
}

void TestRestService::tellsHowItIs()
{
    const auto snapshot = std::make_shared<MonitorSnapshot>(fullSnapshot());
    Rig rig{[snapshot] { return snapshot; }};
    const RestResponse answer = rig.ask(Rig::head("GET", "/metrics", {kReader}));
    QCOMPARE(answer.status, 200U);
    QCOMPARE(std::string{answer.contentType}, std::string{kOpenMetricsType});
    QCOMPARE(answer.body, openMetricsText(*snapshot));
    snapshot->cacheHits = 13; // it is what is so now
    QVERIFY(
        rig.ask(Rig::head("HEAD", "/metrics")).body.find("\nweightroom_cache_hits_total 13\n") != std::string::npos);
    // Names of metrics are no names of fields.
    QCOMPARE(rig.ask(Rig::head("GET", "/metrics?naming=pascal")).body, openMetricsText(*snapshot));
    QCOMPARE(std::string{rig.ask(Rig::head("GET", "/api/tests/echo")).contentType}, std::string{kJsonType});
}

void TestRestService::saysThatItIsNotWatched()
{
    for (const Rig::Monitor& monitor : {Rig::Monitor{}, Rig::Monitor{[] { return nullptr; }}}) {
        Rig rig{monitor};
        const RestResponse refused = rig.ask(Rig::head("GET", "/metrics"));
        QCOMPARE(refused.status, 503U);
        QCOMPARE(codeOf(refused), std::string{"unsupported"});
        QCOMPARE(std::string{refused.contentType}, std::string{kJsonType});
    }
    Rig pascal;
    QVERIFY(json(pascal.ask(Rig::head("GET", "/metrics?naming=pascal"))).at("Error").at("Code") == "unsupported");
}

void TestRestService::outlivesItsClients()
{
    Rig rig;
    rig.begin(Rig::head("POST", "/api/tests/work"), "{}");
    rig.service.reset(); // the server has ended
    QVERIFY(rig.engine.end({1}, Json::object()));
    rig.run();
    QVERIFY(rig.answers.empty());
}

QTEST_APPLESS_MAIN(TestRestService)
#include "test_rest_service.moc"
