// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_connection.h"

#include "model_engine/server/metrics/open_metrics.h"
#include "tests/model_engine/server/rest/rest_rig.h"
#include "tests/model_engine/server/sample_snapshot.h"
#include "tests/support/resource_check.h"

#include <QTest>

#include <string>

using namespace weightroom::engine;
using namespace weightroom::test;

/// HTTP on a real socket: what is well said, and what is not.
class TestRestConnection : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void answersOneAfterTheOther();
    void answersWhatWasSentAhead();
    void takesRequestsInPieces();
    void sendsLargeAnswers();
    void saysThatABodyMayCome();
    void sendsMetrics();
    void answersHeadWithoutBody();
    void closesWhenAsked();
    void refusesNonsense_data();
    void refusesNonsense();
    void takesBodiesUpToTheLimit();
    void takesNoBodyFromStrangers();
    void endsSlowRequests();
    void endsSilentClients();

private:
    ResourceUse m_before;
};

void TestRestConnection::initTestCase()
{
    RestRig rig; // libraries open what they keep
    auto client = rig.client();
    QVERIFY(client.get("/api/tests/echo") && isEcho(client.next()));
}

void TestRestConnection::answersOneAfterTheOther()
{
    const RestRig rig;
    auto client = rig.client();
    for (int i = 0; i < 20; ++i) {
        QVERIFY(client.get("/api/tests/echo?max_count=" + std::to_string(i)));
        const auto answer = client.next();
        QVERIFY(isEcho(answer) && answer->json().at("max_count") == i);
        QVERIFY(!answer->closes());
        QCOMPARE(answer->headers.at("content-type"), std::string{"application/json"});
        QVERIFY(client.post("/api/tests/5/item_echo", R"({"text": "x"})"));
        QVERIFY(client.next()->json().at("text") == "x");
    }
    // An operation that fails, or is refused by its fields, costs nobody the connection.
    QVERIFY(client.post("/api/jobs/9/cancel", "{}"));
    QCOMPARE(client.next()->status, 404);
    QVERIFY(client.get("/api/tests/echo?nothing=1"));
    QCOMPARE(client.next()->status, 400);
    QVERIFY(client.get("/api/nothing"));
    QCOMPARE(client.next()->status, 404);
    QVERIFY(client.get("/api/tests/echo") && isEcho(client.next()));
}

void TestRestConnection::answersWhatWasSentAhead()
{
    RestRig rig;
    auto client = rig.client();
    // While it waits for the first, more comes than is read ahead.
    QVERIFY(client.get("/api/tests/later"));
    rig.scripted.waitForCalls(1);
    constexpr int kMany = 400;
    for (int i = 0; i < kMany; ++i)
        QVERIFY(client.get("/api/tests/echo?max_count=" + std::to_string(i)));
    rig.scripted.answerCall();
    QCOMPARE(client.next()->status, 200);
    for (int i = 0; i < kMany; ++i)
        QVERIFY(client.next()->json().at("max_count") == i);
}

void TestRestConnection::takesRequestsInPieces()
{
    const RestRig rig;
    auto client = rig.client();
    const std::string body = R"({"text": "in pieces"})";
    const std::string request =
        client.head("POST", "/api/tests/5/item_echo",
            {{"Content-Type", "application/json"}, {"Content-Length", std::to_string(body.size())}})
        + body;
    for (const char byte : request)
        QVERIFY(client.say({&byte, 1}));
    QVERIFY(client.next()->json().at("text") == "in pieces");
    QVERIFY(client.say(client.head("POST", "/api/tests/5/item_echo",
                           {{"Content-Type", "application/json"}, {"Transfer-Encoding", "chunked"}})
        + "5\r\n{\"tex\r\n"));
    QVERIFY(client.say("b\r\nt\": \"chunk\"\r\n1\r\n}\r\n0\r\n\r\n"));
    QVERIFY(client.next()->json().at("text") == "chunk");
}

void TestRestConnection::sendsLargeAnswers()
{
    RestRig rig;
    auto client = rig.client();
    QVERIFY(client.post("/api/tests/work", "{}"));
    const JobId job = rig.scripted.waitForWork(1).front();
    const std::string large(20'000'000, 'x'); // more than a socket holds by far
    QVERIFY(rig.scripted.end(job, Json{{"text", large}}));
    const auto answer = client.next();
    QVERIFY(isEcho(answer));
    QVERIFY(answer->json().at("text").get_ref<const std::string&>() == large);
    QVERIFY(client.get("/api/tests/echo") && isEcho(client.next()));
}

void TestRestConnection::saysThatABodyMayCome()
{
    const RestRig rig;
    auto client = rig.client();
    HttpHeaders headers{{"Content-Type", "application/json"}, {"Content-Length", "13"}, {"Expect", "100-continue"}};
    QVERIFY(client.say(client.head("POST", "/api/tests/5/item_echo", headers)));
    QCOMPARE(client.next()->status, 100);
    QVERIFY(client.say(R"({"text": "x"})"));
    QVERIFY(client.next()->json().at("text") == "x");
    // Who may not send it is told so instead.
    headers.emplace_back("Origin", "http://evil.example");
    QVERIFY(client.say(client.head("POST", "/api/tests/5/item_echo", headers)));
    const auto refused = client.next();
    QVERIFY(refused && refused->status == 403 && refused->closes());
    QVERIFY(client.isEnded());
}

void TestRestConnection::sendsMetrics()
{
    RestRig rig{{}, [] { return std::make_shared<MonitorSnapshot>(fullSnapshot()); }};
    auto client = rig.client();
    QVERIFY(client.get("/metrics"));
    const auto answer = client.next();
    QVERIFY(answer && answer->status == 200);
    QCOMPARE(answer->headers.at("content-type"), std::string{kOpenMetricsType});
    QCOMPARE(answer->body, openMetricsText(fullSnapshot()));
    QVERIFY(client.say(client.head("HEAD", "/metrics")));
    const auto head = client.nextHead();
    QVERIFY(head && head->status == 200);
    QCOMPARE(head->headers.at("content-type"), std::string{kOpenMetricsType});
    QCOMPARE(head->headers.at("content-length"), std::to_string(answer->body.size()));
    QVERIFY(client.get("/api/tests/echo") && isEcho(client.next())); // nothing followed
}

void TestRestConnection::answersHeadWithoutBody()
{
    const RestRig rig;
    auto client = rig.client();
    QVERIFY(client.say(client.head("HEAD", "/api/tests/echo?text=x")));
    const auto answer = client.nextHead();
    QVERIFY(answer && answer->headers.at("content-length") == "12");
    QVERIFY(client.get("/api/tests/echo") && isEcho(client.next()));
}

void TestRestConnection::closesWhenAsked()
{
    const RestRig rig;
    auto client = rig.client();
    QVERIFY(client.get("/api/tests/echo", {{"Connection", "close"}}));
    const auto answer = client.next();
    QVERIFY(isEcho(answer) && answer->closes());
    QVERIFY(client.isEnded());
    HttpClient old{rig.port, kFull};
    QVERIFY(old.say("GET /api/tests/echo HTTP/1.0\r\nHost: 127.0.0.1:" + std::to_string(rig.port)
        + "\r\nAuthorization: Bearer " + kFull + "\r\n\r\n"));
    QVERIFY(isEcho(old.next()));
    QVERIFY(old.isEnded());
}

void TestRestConnection::refusesNonsense_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    const auto row = [](const char* name, const QByteArray& request, int status) {
        QTest::newRow(name) << request << status;
    };
    row("no HTTP", "hello\r\n\r\n", 400);
    row("JSON-RPC", "{\"jsonrpc\":\"2.0\",\"id\":1}\n", 400);
    row("TLS", QByteArray::fromHex("160301020001000100fc0303"), 400);
    row("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400);
    row("HTTP/3.0", "GET /api HTTP/3.0\r\n\r\n", 400);
    row("no host", "GET /api HTTP/1.1\r\n\r\n", 400);
    row("a header without a name", "GET /api HTTP/1.1\r\n: x\r\n\r\n", 400);
    row("a NUL in a header", QByteArrayLiteral("GET /api HTTP/1.1\r\nHost: a\0b\r\n\r\n"), 400);
    row("two lengths", "POST /api HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400);
    row("a length and chunks", "POST /api HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
    row("a negative length", "POST /api HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400);
    row("a huge length", "POST /api HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400);
    row("a long header", "GET /api HTTP/1.1\r\nX: " + QByteArray(70'000, 'x'), 431);
    row("a long target", "GET /" + QByteArray(70'000, 'x'), 431);
    row("many headers", "GET /api HTTP/1.1\r\n" + QByteArray("X: y\r\n").repeated(12'000), 431);
}

void TestRestConnection::refusesNonsense()
{
    QFETCH(QByteArray, request);
    QFETCH(int, status);
    const RestRig rig;
    auto client = rig.client();
    client.say({request.constData(), static_cast<std::size_t>(request.size())});
    const auto answer = client.next();
    QVERIFY(answer);
    QCOMPARE(answer->status, status);
    QVERIFY(!answer->code().empty());
    auto other = rig.client();
    QVERIFY(other.get("/api/tests/echo") && isEcho(other.next()));
}

void TestRestConnection::takesBodiesUpToTheLimit()
{
    const RestRig rig;
    auto client = rig.client();
    const std::string frame = R"({"text": ""})";
    const std::string longest(RestConnection::kLongestBody.value - frame.size(), 'x');
    QVERIFY(client.post("/api/tests/5/item_echo", R"({"text": ")" + longest + R"("})"));
    QVERIFY(client.next()->json().at("text").get_ref<const std::string&>() == longest);
    client.post("/api/tests/5/item_echo", R"({"text": ")" + longest + R"(x"})");
    const auto refused = client.next();
    QVERIFY(refused && refused->status == 413 && refused->closes());
    // Chunks do not say how long they will be.
    auto chunky = rig.client();
    QVERIFY(chunky.say(chunky.head(
        "POST", "/api/tests/5/item_echo", {{"Content-Type", "application/json"}, {"Transfer-Encoding", "chunked"}})));
    const std::string chunk = "40000\r\n" + std::string(0x40000, 'x') + "\r\n";
    for (int i = 0; i < 5; ++i)
        chunky.say(chunk);
    QCOMPARE(chunky.next()->status, 413);
}

void TestRestConnection::takesNoBodyFromStrangers()
{
    const RestRig rig;
    HttpClient stranger{rig.port, std::string(64, 'c')};
    QVERIFY(stranger.say(stranger.head(
        "POST", "/api/tests/5/item_echo", {{"Content-Type", "application/json"}, {"Content-Length", "100000000"}})));
    const auto refused = stranger.next(); // before anything of the body was sent
    QVERIFY(refused && refused->status == 401 && refused->closes());
    QCOMPARE(refused->headers.at("www-authenticate"), std::string{"Bearer"});
    QVERIFY(refused->body.find("cccc") == std::string::npos);
}

void TestRestConnection::endsSlowRequests()
{
    const RestRig rig{{.request = std::chrono::milliseconds{50}}};
    auto headless = rig.client();
    QVERIFY(headless.say("GET /api/te"));
    QCOMPARE(headless.next()->status, 408);
    QVERIFY(headless.isEnded());
    auto client = rig.client();
    QVERIFY(client.say(
        client.head("POST", "/api/tests/5/item_echo", {{"Content-Type", "application/json"}, {"Content-Length", "13"}})
        + "{"));
    const auto late = client.next();
    QVERIFY(late && late->status == 408 && late->code() == "invalid_value");
}

void TestRestConnection::endsSilentClients()
{
    const RestRig rig{{.request = std::chrono::milliseconds{50}}};
    auto silent = rig.client();
    QVERIFY(silent.isEnded()); // there is nothing to answer
    auto client = rig.client();
    QVERIFY(client.get("/api/tests/echo") && isEcho(client.next()));
    QVERIFY(client.isEnded());
}

QTEST_APPLESS_MAIN(TestRestConnection)
#include "test_rest_connection.moc"
