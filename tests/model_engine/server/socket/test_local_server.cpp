// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/socket/local_connection.h"
#include "model_engine/server/socket/local_server.h"
#include "tests/model_engine/server/line_client.h"
#include "tests/model_engine/server/scripted_engine.h"
#include "tests/support/recording_log.h"
#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <unistd.h>

#include <filesystem>
#include <thread>
#include <vector>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// A server in a folder of its own, in front of an engine that the test plays.
class ServerRig {
public:
    explicit ServerRig(decltype(ServedEngine::takeSlabs) takeSlabs = {})
        : server(LocalServer::start(lending(std::move(takeSlabs)), ClaimedPlace::claim(place).value(), log).value())
    {
    }

    TemporaryFolder folder;
    SocketPlace place{folder / "weightroom"};
    RecordingLog log;
    ScriptedEngine engine;
    std::unique_ptr<LocalServer> server;

private:
    ServedEngine lending(decltype(ServedEngine::takeSlabs) takeSlabs)
    {
        ServedEngine served = engine.served();
        served.takeSlabs = std::move(takeSlabs);
        return served;
    }
};

bool isAnswerTo(const std::optional<Json>& message, const Json& id)
{
    return message && message->contains("result") && message->at("id") == id;
}

} // namespace

class TestLocalServer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void answersManyClients();
    void sendsLargeAnswers();
    void readsRequestsThatComeInPieces();
    void takesNoDescriptors();
    void handsOutDescriptors();
    void opensTwoDoors();
    void isOneAtATime();
    void followsAStaleSocket();
    void refusesAPlaceThatIsNone();
    void answersWhoHasEndedItsInput();
    void cancelsTheJobsOfWhoIsGone();
    void noticesTheEndOfAClientThatIsNotRead();
    void endsWhoSendsOutOfBand();
    void endsOverlongLines();
    void holdsNothingForWhoDoesNotRead();
    void readsNoMoreThanItAnswers();
    void refusesOneClientTooMany();
    void tellsSubscribers();
    void answersBeforeItEnds();
    void endsWhileClientsCome();
    void givesThePlaceBack();

private:
    ResourceUse m_before;
};

void TestLocalServer::initTestCase()
{
    ServerRig rig; // libraries open what they keep
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(1, "test.get_echo"));
    QVERIFY(isAnswerTo(client.next(), 1));
}

void TestLocalServer::answersManyClients()
{
    ServerRig rig;
    std::vector<LineClient> clients;
    for (int i = 0; i < 50; ++i)
        clients.emplace_back(rig.place.socket());
    for (int round = 0; round < 20; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i)
            QVERIFY(clients[i].ask(round, "test.get_echo", {{"text", std::to_string(i)}}));
    }
    for (int round = 0; round < 20; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i) {
            const auto answer = clients[i].next();
            QVERIFY(isAnswerTo(answer, round));
            QCOMPARE(answer->at("result").at("text").get<std::string>(), std::to_string(i));
        }
    }
}

void TestLocalServer::sendsLargeAnswers()
{
    ServerRig rig;
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(1, "test.post_work"));
    const JobId job = rig.engine.waitForWork(1).front();
    const std::string large(20'000'000, 'x'); // more than a socket holds by far
    QVERIFY(rig.engine.end(job, Json{{"text", large}}));
    QVERIFY(client.next()->at("method") == "server.job_started");
    const auto answer = client.next();
    QVERIFY(isAnswerTo(answer, 1));
    QVERIFY(answer->at("result").at("text").get_ref<const std::string&>() == large);
}

void TestLocalServer::readsRequestsThatComeInPieces()
{
    ServerRig rig;
    LineClient client{rig.place.socket()};
    const std::string request = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"test.get_echo\"}\r\n";
    for (const char byte : request)
        QVERIFY(client.say({&byte, 1}));
    QVERIFY(isAnswerTo(client.next(), 1));
    QVERIFY(client.say("\n\n" + request + request + request.substr(0, 10)));
    QVERIFY(isAnswerTo(client.next(), 1));
    QVERIFY(isAnswerTo(client.next(), 1));
}

void TestLocalServer::takesNoDescriptors()
{
    ServerRig rig;
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(1, "test.get_echo"));
    QVERIFY(isAnswerTo(client.next(), 1)); // the connection is there
    const ResourceUse before = currentResources();
    for (int id = 2; id < 4; ++id) {
        std::vector<UniqueFd> descriptors;
        for (int i = 0; i < 14; ++i)
            descriptors.emplace_back(::dup(0));
        QVERIFY(client.askWith(id, "test.get_echo", descriptors));
        descriptors.clear();
        QVERIFY(isAnswerTo(client.next(), id));
    }
    VERIFY_NOTHING_LEFT(before);
}

void TestLocalServer::handsOutDescriptors()
{
    ServerRig rig{[](const SlabRequest& request, const ServedEngine::OnSlabs& onSlabs) {
        auto slabs = std::make_shared<std::vector<UniqueFd>>();
        for (std::size_t i = 0; i < request.count; ++i)
            slabs->emplace_back(::dup(0));
        onSlabs(slabs);
    }};
    LineClient client{rig.place.socket()};
    LineClient other{rig.place.socket()};
    for (int id = 1; id < 4; ++id) {
        QVERIFY(client.ask(id, "server.post_slabs_send", {{"lease_id", 1}, {"count", 16}}));
        QVERIFY(isAnswerTo(client.next(), id));
        QCOMPARE(client.takeDescriptors().size(), std::size_t{16});
    }
    QVERIFY(other.ask(1, "test.get_echo"));
    QVERIFY(isAnswerTo(other.next(), 1));
    QVERIFY(other.takeDescriptors().empty());
    // Who does not take them leaves them nowhere: see cleanup().
    QVERIFY(other.ask(2, "server.post_slabs_send", {{"lease_id", 1}, {"count", 16}}));
}

void TestLocalServer::opensTwoDoors()
{
    ServerRig rig;
    LineClient reader{rig.place.readSocket()};
    QVERIFY(reader.ask(1, "server.get_server_info"));
    QVERIFY(reader.next()->at("result").at("role") == "read_only");
    QVERIFY(reader.ask(2, "test.post_work"));
    QVERIFY(reader.next()->at("error").at("data").at("code") == "not_allowed");
    LineClient full{rig.place.socket()};
    QVERIFY(full.ask(1, "server.get_server_info"));
    QVERIFY(full.next()->at("result").at("role") == "full");
}

void TestLocalServer::isOneAtATime()
{
    ServerRig rig;
    const auto second = ClaimedPlace::claim(rig.place);
    VERIFY_ERROR(second, ErrorCode::AlreadyServed);
    const QString detail = QString::fromStdString(second.error().detail);
    QVERIFY2(
        detail.contains(QStringLiteral("(process %1)").arg(QCoreApplication::applicationPid())), qPrintable(detail));
    LineClient client{rig.place.socket()}; // the first one still serves
    QVERIFY(client.ask(1, "test.get_echo"));
    QVERIFY(isAnswerTo(client.next(), 1));
}

void TestLocalServer::followsAStaleSocket()
{
    ServerRig rig;
    // A process that was killed leaves its sockets, and no lock.
    const auto kept = rig.folder / "kept";
    std::filesystem::rename(rig.place.socket(), kept);
    rig.server.reset();
    std::filesystem::rename(kept, rig.place.socket());
    auto claimed = ClaimedPlace::claim(rig.place);
    VERIFY_RESULT(claimed);
    auto server = LocalServer::start(rig.engine.served(), *std::move(claimed), rig.log);
    VERIFY_RESULT(server);
    rig.server = *std::move(server);
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(1, "test.get_echo"));
    QVERIFY(isAnswerTo(client.next(), 1));
    rig.server.reset();
    QVERIFY(!std::filesystem::exists(rig.place.socket()) && !std::filesystem::exists(rig.place.readSocket()));
}

void TestLocalServer::refusesAPlaceThatIsNone()
{
    const TemporaryFolder folder;
    ScriptedEngine engine;
    RecordingLog log;
    std::filesystem::create_directory(folder / "open");
    std::filesystem::permissions(folder / "open", std::filesystem::perms::all);
    VERIFY_ERROR(ClaimedPlace::claim(SocketPlace{folder / "open"}), ErrorCode::PermissionDenied);
    QVERIFY(std::filesystem::is_empty(folder / "open"));
    auto tooLong = ClaimedPlace::claim(SocketPlace{folder / std::string(110, 'x')});
    VERIFY_RESULT(tooLong);
    VERIFY_ERROR(LocalServer::start(engine.served(), std::move(*tooLong), log), ErrorCode::InvalidValue);
}

void TestLocalServer::answersWhoHasEndedItsInput()
{
    ServerRig rig;
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(1, "test.post_work"));
    QVERIFY(client.ask(2, "test.get_echo"));
    client.endInput(); // as `echo … | nc -U` does
    const JobId job = rig.engine.waitForWork(1).front();
    QVERIFY(client.next()->at("method") == "server.job_started");
    QVERIFY(isAnswerTo(client.next(), 2));
    QVERIFY(rig.engine.end(job, Json::object()));
    QVERIFY(isAnswerTo(client.next(), 1));
    QVERIFY(!client.next());
}

void TestLocalServer::cancelsTheJobsOfWhoIsGone()
{
    ServerRig rig;
    LineClient other{rig.place.socket()};
    QVERIFY(other.ask(1, "test.post_work"));
    const std::vector<JobId> others = rig.engine.waitForWork(1);
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(1, "test.post_work"));
    QVERIFY(client.ask(2, "test.post_work"));
    rig.engine.waitForWork(3);
    client.hangUp();
    QVERIFY(rig.engine.waitForWork(1) == others);
    QVERIFY(rig.engine.end(others.front(), Json::object()));
    QVERIFY(other.next()->at("method") == "server.job_started");
    QVERIFY(isAnswerTo(other.next(), 1));
}

void TestLocalServer::noticesTheEndOfAClientThatIsNotRead()
{
    ServerRig rig;
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(0, "test.post_work"));
    // As many as it may have open, and more: what it sends is not read any more.
    for (std::size_t i = 1; i < LocalConnection::kMostOpenRequests + 10; ++i)
        QVERIFY(client.ask(i, "test.get_later"));
    rig.engine.waitForCalls(LocalConnection::kMostOpenRequests - 1);
    rig.engine.waitForWork(1);
    client.hangUp();
    rig.engine.waitForWork(0);
}

void TestLocalServer::endsWhoSendsOutOfBand()
{
    ServerRig rig;
    LineClient client{rig.place.socket()};
    for (std::size_t i = 0; i < LocalConnection::kMostOpenRequests; ++i)
        QVERIFY(client.ask(i, "test.get_later"));
    rig.engine.waitForCalls(LocalConnection::kMostOpenRequests);
    // It is not read now: nobody would take the byte away, and it would wake the server for ever.
    if (!client.sayOutOfBand('!'))
        QSKIP("this kernel has no out-of-band bytes for local sockets");
    QVERIFY(!client.next());
}

void TestLocalServer::endsOverlongLines()
{
    ServerRig rig;
    LineClient client{rig.place.socket()};
    const std::string garbage(LocalConnection::kLongestRequest.value / 4, 'x');
    while (client.say(garbage)) { } // 100 MB, if it were let
    const auto answer = client.next();
    QVERIFY(answer && answer->at("error").at("code") == -32700);
    QVERIFY(!client.next());
}

void TestLocalServer::holdsNothingForWhoDoesNotRead()
{
    ServerRig rig;
    LineClient deaf{rig.place.socket()};
    const std::string request = writeJson({{"jsonrpc", "2.0"}, {"id", 1}, {"method", "test.get_echo"},
                                    {"params", {{"text", std::string(100'000, 'x')}}}})
        + "\n";
    // It asks and asks, and never reads: at some point it is not listened to any more.
    std::size_t said = 0;
    LineClient other{rig.place.socket()};
    for (int quiet = 0; quiet < 3;) {
        const std::size_t more = deaf.sayWithoutWaiting(std::string_view{request}.substr(said % request.size()));
        said += more;
        quiet = more == 0 ? quiet + 1 : 0;
        // An answer to somebody else shows that the server has had its turn.
        QVERIFY(other.ask(2, "test.get_echo"));
        QVERIFY(isAnswerTo(other.next(), 2));
    }
    QVERIFY(said < (LocalConnection::kMostUnsent * 3).value);
    for (std::size_t i = 0; i < said / request.size(); ++i) // now it reads: all that it asked is answered
        QVERIFY(isAnswerTo(deaf.next(), 1));
}

void TestLocalServer::readsNoMoreThanItAnswers()
{
    ServerRig rig;
    LineClient client{rig.place.socket()};
    const std::size_t most = LocalConnection::kMostOpenRequests;
    for (std::size_t i = 0; i < most * 2; ++i)
        QVERIFY(client.ask(i, "test.get_later"));
    rig.engine.waitForCalls(most);
    LineClient other{rig.place.socket()};
    QVERIFY(other.ask(1, "test.get_echo"));
    QVERIFY(isAnswerTo(other.next(), 1));
    QCOMPARE(rig.engine.calls(), most);
    rig.engine.answerCall(); // one comes after it
    rig.engine.waitForCalls(most + 1);
}

void TestLocalServer::refusesOneClientTooMany()
{
    ServerRig rig;
    std::vector<LineClient> clients;
    for (std::size_t i = 0; i < LocalServer::kMostClients; ++i)
        clients.emplace_back(rig.place.socket());
    QVERIFY(clients.back().ask(1, "test.get_echo"));
    QVERIFY(isAnswerTo(clients.back().next(), 1));
    LineClient refused{rig.place.socket()};
    const auto answer = refused.next();
    QVERIFY(answer && answer->at("error").at("data").at("code") == "busy");
    QVERIFY(!refused.next());
    clients.pop_back();
    // The place is free as soon as the server has noticed.
    for (bool isLetIn = false; !isLetIn;) {
        LineClient next{rig.place.socket()};
        isLetIn = next.ask(1, "test.get_echo") && isAnswerTo(next.next(), 1);
    }
}

void TestLocalServer::tellsSubscribers()
{
    ServerRig rig;
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(1, "server.post_subscribe", {{"topics", {"jobs", "state", "alerts"}}}));
    QVERIFY(isAnswerTo(client.next(), 1));
    auto job = std::make_shared<JobSnapshot>();
    job->id = {7};
    rig.server->jobChanged(job);
    rig.server->stateChanged(3);
    AlertChange change{.alert = {}, .news = AlertNews::Raised};
    change.alert.number = 9;
    rig.server->alertChanged(change);
    QVERIFY(client.next()->at("params").at("job_id") == 7);
    QVERIFY(client.next()->at("params").at("revision") == 3);
    QVERIFY(client.next()->at("params").at("alert_id") == 9);
}

void TestLocalServer::answersBeforeItEnds()
{
    ServerRig rig;
    LineClient client{rig.place.socket()};
    QVERIFY(client.ask(1, "test.post_work"));
    rig.engine.waitForWork(1);
    rig.server->stop();
    QCOMPARE(rig.engine.working(), 0U);
    QVERIFY(client.next()->at("method") == "server.job_started");
    const auto answer = client.next();
    QVERIFY(answer && answer->at("error").at("data").at("code") == "cancelled");
    QVERIFY(!client.next());
    VERIFY_ERROR(connectTo(rig.place.socket()), ErrorCode::NotFound);
    rig.server->stateChanged(1); // to nobody
}

void TestLocalServer::endsWhileClientsCome()
{
    for (int round = 0; round < 20; ++round) {
        ServerRig rig;
        std::jthread clients{[&rig](const std::stop_token& stop) {
            while (!stop.stop_requested())
                (void)connectTo(rig.place.socket());
        }};
        LineClient client{rig.place.socket()};
        QVERIFY(client.ask(1, "test.get_echo"));
        QVERIFY(isAnswerTo(client.next(), 1));
        rig.server->stop(); // it returns, whoever was on the way in
    }
}

void TestLocalServer::givesThePlaceBack()
{
    ServerRig rig;
    rig.server->stop();
    VERIFY_RESULT(ClaimedPlace::claim(rig.place));
}

QTEST_APPLESS_MAIN(TestLocalServer)
#include "test_local_server.moc"
