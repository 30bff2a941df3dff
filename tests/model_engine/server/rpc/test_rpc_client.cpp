// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rpc/rpc_client.h"
#include "model_engine/server/rpc/rpc_message.h"
#include "model_engine/server/socket/local_server.h"
#include "tests/model_engine/server/scripted_engine.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <sys/socket.h>
#include <thread>
#include <vector>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

class ClientRig {
public:
    TemporaryFolder folder;
    SocketPlace place{folder / "weightroom"};
    RecordingLog log;
    ScriptedEngine engine;
    std::unique_ptr<LocalServer> server =
        LocalServer::start(engine.served(), ClaimedPlace::claim(place).value(), log).value();
    RpcClient client = RpcClient::connect(place.socket()).value();
};

/// Lets one client in, reads its first request, sends `reply`, and hangs up.
void playEngine(const ListeningSocket& listening, const std::string& reply)
{
    const UniqueFd client{::accept(listening.descriptor(), nullptr, nullptr)};
    std::array<char, 4096> request{};
    if (::recv(client.get(), request.data(), request.size(), 0) > 0)
        (void)::send(client.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
}

} // namespace

class TestRpcClient : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void callsOperations();
    void bringsErrorsBack();
    void hearsNotificationsMeanwhile();
    void cancelsByItsStopToken();
    void losesItsPatience();
    void hearsWhyItIsNotServed();
    void findsNobody();
    void saysWhenTheEngineEnds();
    void refusesAnswersThatAreNone_data();
    void refusesAnswersThatAreNone();
};

void TestRpcClient::callsOperations()
{
    ClientRig rig;
    for (int i = 0; i < 3; ++i) {
        const auto answer = rig.client.call("test.get_echo", {{"text", std::to_string(i)}}, {});
        VERIFY_RESULT(answer);
        QCOMPARE(answer->at("text").get<std::string>(), std::to_string(i));
    }
}

void TestRpcClient::bringsErrorsBack()
{
    ClientRig rig;
    std::jthread worker{[&] {
        const Error shortage{ErrorCode::OutOfDeviceMemory, "no room", {.required = Bytes{7}, .available = Bytes{5}}};
        rig.engine.end(rig.engine.waitForWork(1).front(), fail(shortage));
    }};
    const auto answer = rig.client.call("test.post_work", Json::object(), {});
    VERIFY_ERROR(answer, ErrorCode::OutOfDeviceMemory);
    QCOMPARE(answer.error().detail, std::string{"no room"});
    QVERIFY(answer.error().context.required == Bytes{7});
    VERIFY_ERROR(rig.client.call("test.no", Json::object(), {}), ErrorCode::UnknownOperation);
}

void TestRpcClient::hearsNotificationsMeanwhile()
{
    ClientRig rig;
    VERIFY_RESULT(rig.client.call("server.post_subscribe", {{"topics", {"own_jobs"}}}, {}));
    std::jthread worker{[&] {
        auto job = std::make_shared<JobSnapshot>();
        job->id = rig.engine.waitForWork(1).front();
        job->unitsDone = 5;
        rig.server->jobChanged(job);
        rig.engine.end(job->id, Json{{"done", true}});
    }};
    std::vector<std::string> heard;
    const auto answer = rig.client.call("test.post_work", Json::object(), {},
        [&](std::string_view method, const Json&) { heard.emplace_back(method); });
    VERIFY_RESULT(answer);
    QVERIFY((heard == std::vector<std::string>{"server.job_started", "server.job_changed"}));
}

void TestRpcClient::cancelsByItsStopToken()
{
    ClientRig rig;
    std::stop_source stop;
    std::jthread user{[&] {
        rig.engine.waitForWork(1);
        stop.request_stop();
    }};
    VERIFY_ERROR(rig.client.call("test.post_work", Json::object(), stop.get_token()), ErrorCode::Cancelled);
    QCOMPARE(rig.engine.working(), 0U);
}

void TestRpcClient::losesItsPatience()
{
    ClientRig rig;
    rig.client.setPatience(std::chrono::milliseconds{20});
    VERIFY_ERROR(rig.client.call("test.get_later", Json::object(), {}), ErrorCode::NotAnswering);
    rig.engine.waitForCalls(1);
    rig.engine.answerCall(); // to nobody's surprise: the next answer is that to the next call
    rig.client.setPatience(std::chrono::hours{1});
    const auto answer = rig.client.call("test.get_echo", {{"text", "a"}}, {});
    VERIFY_RESULT(answer);
    QVERIFY(answer->at("text") == "a");
}

void TestRpcClient::hearsWhyItIsNotServed()
{
    ClientRig rig;
    VERIFY_ERROR(
        rig.client.call("test.get_echo", {{"text", std::string(2'000'000, 'x')}}, {}), ErrorCode::InvalidFormat);
    std::vector<RpcClient> others;
    for (std::size_t i = 0; i < LocalServer::kMostClients; ++i)
        others.push_back(RpcClient::connect(rig.place.socket()).value());
    for (RpcClient& other : others)
        VERIFY_RESULT(other.call("test.get_echo", Json::object(), {}));
    RpcClient last = RpcClient::connect(rig.place.socket()).value();
    VERIFY_ERROR(last.call("test.get_echo", Json::object(), {}), ErrorCode::Busy);
}

void TestRpcClient::findsNobody()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(RpcClient::connect(folder / "nothing"), ErrorCode::NotFound);
}

void TestRpcClient::saysWhenTheEngineEnds()
{
    ClientRig rig;
    rig.server->stop();
    VERIFY_ERROR(rig.client.call("test.get_echo", Json::object(), {}), ErrorCode::IoError);
}

void TestRpcClient::refusesAnswersThatAreNone_data()
{
    QTest::addColumn<QByteArray>("reply");
    QTest::addColumn<int>("code");
    const int noAnswer = static_cast<int>(ErrorCode::InvalidFormat);
    QTest::newRow("no JSON") << QByteArray{"HTTP/1.1 200 OK\n"} << noAnswer;
    QTest::newRow("neither result nor error") << QByteArray{"{\"jsonrpc\":\"2.0\",\"id\":1}\n"} << noAnswer;
    QTest::newRow("half a line") << QByteArray{"{\"jsonrpc\":\"2.0\","} << static_cast<int>(ErrorCode::IoError);
    QTest::newRow("nothing") << QByteArray{} << static_cast<int>(ErrorCode::IoError);
}

void TestRpcClient::refusesAnswersThatAreNone()
{
    QFETCH(QByteArray, reply);
    QFETCH(int, code);
    const TemporaryFolder folder;
    const auto listening = ListeningSocket::open(folder / "s");
    VERIFY_RESULT(listening);
    std::jthread engine{[&] { playEngine(*listening, reply.toStdString()); }};
    auto client = RpcClient::connect(folder / "s");
    VERIFY_RESULT(client);
    VERIFY_ERROR(client->call("test.get_echo", Json::object(), {}), static_cast<ErrorCode>(code));
}

QTEST_APPLESS_MAIN(TestRpcClient)
#include "test_rpc_client.moc"
