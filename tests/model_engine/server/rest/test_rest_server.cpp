// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_server.h"

#include "tests/model_engine/server/line_client.h"
#include "tests/model_engine/server/rest/rest_rig.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <thread>
#include <vector>

using namespace weightroom::engine;
using namespace weightroom::test;

/// The door as a whole: how many come, how they go, and how it ends.
class TestRestServer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void endsWhoDoesNotTakeItsAnswer();
    void cancelsForWhoIsGone_data();
    void cancelsForWhoIsGone();
    void goesOnWithoutAClient();
    void refusesOneClientTooMany();
    void answersBeforeItEnds();
    void endsWhileClientsCome();
    void isOnThisMachineOnly();
    void saysWhenThePortIsTaken();
    void opensOnce();

private:
    ResourceUse m_before;
};

void TestRestServer::initTestCase()
{
    RestRig rig; // libraries open what they keep
    auto client = rig.client();
    QVERIFY(client.get("/api/tests/echo") && isEcho(client.next()));
}

void TestRestServer::endsWhoDoesNotTakeItsAnswer()
{
    RestRig rig{{.piece = std::chrono::milliseconds{50}}};
    auto deaf = rig.client();
    QVERIFY(deaf.post("/api/tests/work", "{}"));
    QVERIFY(rig.scripted.end(rig.scripted.waitForWork(1).front(), Json{{"text", std::string(50'000'000, 'x')}}));
    // Its place is free when it has been left: the others are taken by these.
    std::vector<HttpClient> clients;
    while (clients.size() < RestServer::kMostClients) {
        clients.push_back(rig.client());
        if (!(clients.back().get("/api/tests/echo") && isEcho(clients.back().next())))
            clients.pop_back();
    }
    QVERIFY(!deaf.next());
}

void TestRestServer::cancelsForWhoIsGone_data()
{
    QTest::addColumn<bool>("isKilled");
    QTest::newRow("hangs up") << true;
    QTest::newRow("ends its output") << false;
}

void TestRestServer::cancelsForWhoIsGone()
{
    QFETCH(bool, isKilled);
    RestRig rig;
    auto other = rig.client();
    QVERIFY(other.post("/api/tests/work", "{}"));
    const std::vector<JobId> others = rig.scripted.waitForWork(1);
    auto client = rig.client();
    QVERIFY(client.post("/api/tests/work", "{}"));
    rig.scripted.waitForWork(2);
    if (isKilled)
        client.hangUp();
    else
        client.endOutput();
    QVERIFY(rig.scripted.waitForWork(1) == others);
    QVERIFY(rig.scripted.end(others.front(), Json::object()));
    QCOMPARE(other.next()->status, 200);
}

void TestRestServer::goesOnWithoutAClient()
{
    RestRig rig;
    {
        auto client = rig.client();
        QVERIFY(client.post("/api/tests/work", "{}", {{"Prefer", "respond-async"}}));
        const auto answer = client.next();
        QVERIFY(answer && answer->status == 202);
        QCOMPARE(answer->headers.at("location"), std::string{"/api/jobs/1"});
        QVERIFY(client.get("/api/tests/echo", {{"Connection", "close"}}) && isEcho(client.next()));
        QVERIFY(client.isEnded());
    }
    QCOMPARE(rig.scripted.working(), 1U);
    auto other = rig.client();
    QVERIFY(other.post("/api/jobs/1/cancel", "{}"));
    QCOMPARE(other.next()->status, 200);
    QCOMPARE(rig.scripted.working(), 0U);
}

void TestRestServer::refusesOneClientTooMany()
{
    const RestRig rig;
    std::vector<HttpClient> clients;
    for (std::size_t i = 0; i < RestServer::kMostClients; ++i)
        clients.push_back(rig.client());
    QVERIFY(clients.back().get("/api/tests/echo") && isEcho(clients.back().next()));
    auto refused = rig.client();
    const auto answer = refused.next(); // whatever it was going to ask
    QVERIFY(answer && answer->status == 503 && answer->code() == "busy" && answer->closes());
    QVERIFY(refused.isEnded());
    // The local sockets have places of their own.
    LineClient local{rig.place.socket()};
    QVERIFY(local.ask(1, "test.get_echo") && local.next());
    clients.pop_back();
    // The place is free as soon as the server has noticed.
    for (bool isLetIn = false; !isLetIn;) {
        auto next = rig.client();
        isLetIn = next.get("/api/tests/echo") && isEcho(next.next());
    }
}

void TestRestServer::answersBeforeItEnds()
{
    RestRig rig;
    auto client = rig.client();
    auto idle = rig.client();
    QVERIFY(idle.get("/api/tests/echo") && isEcho(idle.next()));
    QVERIFY(client.post("/api/tests/work", "{}"));
    rig.scripted.waitForWork(1);
    std::jthread end{[&rig] { rig.server->stop(); }};
    const auto answer = client.next();
    QVERIFY(answer && answer->status == 409 && answer->code() == "cancelled" && answer->closes());
    client.hangUp();
    QVERIFY(idle.isEnded());
    end.join();
    QVERIFY(!connectToPort(rig.port).isOpen());
    VERIFY_ERROR(rig.server->openRest({}), ErrorCode::Unsupported);
}

void TestRestServer::endsWhileClientsCome()
{
    for (int round = 0; round < 10; ++round) {
        RestRig rig;
        std::jthread clients{[&rig](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                HttpClient client{rig.port, kFull};
                client.get("/api/tests/echo");
            }
        }};
        auto client = rig.client();
        while (!(client.get("/api/tests/echo") && isEcho(client.next())))
            client = rig.client(); // the others may have taken all places
        client.hangUp();
        rig.server->stop(); // it returns, whoever was on the way in
    }
}

void TestRestServer::isOnThisMachineOnly()
{
    const RestRig rig;
    // Every address of 127.0.0.0/8 is this machine's; it listens at one of them, and so not at all addresses.
    UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(rig.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    const auto* plain = reinterpret_cast<const sockaddr*>(&address); // NOLINT: how the system's calls take it
    QVERIFY(::connect(socket.get(), plain, sizeof address) != 0);
    UniqueFd ipv6{::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in6 loopback{};
    loopback.sin6_family = AF_INET6;
    loopback.sin6_port = htons(rig.port);
    loopback.sin6_addr = in6addr_loopback;
    const auto* plain6 = reinterpret_cast<const sockaddr*>(&loopback); // NOLINT: likewise
    if (::connect(ipv6.get(), plain6, sizeof loopback) != 0)
        QSKIP("this machine has no IPv6");
}

void TestRestServer::saysWhenThePortIsTaken()
{
    const RestRig rig;
    const TemporaryFolder folder;
    ScriptedEngine engine;
    RecordingLog log;
    const auto other =
        LocalServer::start(engine.served(), ClaimedPlace::claim(SocketPlace{folder / "place"}).value(), log).value();
    const auto opened = other->openRest({.port = rig.port, .tokens = {}});
    VERIFY_ERROR(opened, ErrorCode::IoError);
    const std::string where = "127.0.0.1:" + std::to_string(rig.port);
    QVERIFY2(opened.error().detail.find(where) != std::string::npos, opened.error().detail.c_str());
    LineClient local{folder / "place/engine.sock"}; // the rest goes on
    QVERIFY(local.ask(1, "test.get_echo") && local.next());
}

void TestRestServer::opensOnce()
{
    const RestRig rig;
    const auto second = rig.server->openRest({.port = 0, .tokens = {}});
    VERIFY_ERROR(second, ErrorCode::AlreadyServed);
    auto client = rig.client();
    QVERIFY(client.get("/api/tests/echo") && isEcho(client.next()));
}

QTEST_APPLESS_MAIN(TestRestServer)
#include "test_rest_server.moc"
