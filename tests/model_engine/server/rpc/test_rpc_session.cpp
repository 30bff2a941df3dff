// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/jobs/job_json.h"
#include "model_engine/server/rpc/rpc_session.h"
#include "model_engine/server/rpc/server_methods.h"
#include "tests/model_engine/server/scripted_engine.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <deque>
#include <map>
#include <unistd.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// A session whose thread is the test's: what is posted runs when the test says so.
class SessionRig {
public:
    explicit SessionRig(
        ClientRole role = ClientRole::Full, std::function<void(const std::vector<std::string>&)> showWindow = {})
        : m_served(servedBy(engine, std::move(showWindow)))
        , m_session(std::make_shared<RpcSession>(RpcSession::Environment{.engine = m_served,
              .role = role,
              .client = {{5}, 4711, "test"},
              .post = [this](std::function<void()> work) { m_posted.push_back(std::move(work)); },
              .wantsToSend = [] {}}))
    {
    }

    ScriptedEngine engine;

    [[nodiscard]] ServedEngine& served() { return m_served; }
    [[nodiscard]] RpcSession& session() { return *m_session; }
    void endSession() { m_session.reset(); }
    void say(const Json& message) { m_session->receive(writeJson(message)); }
    void ask(const Json& id, const char* method, const Json& params = Json::object())
    {
        say({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}});
    }
    /// As the server does it.
    void tell(const JobSnapshot& job)
    {
        m_session->jobChanged(job, rpcNotification("server.job_changed", toJson(job)));
    }
    void runPosted()
    {
        while (!m_posted.empty()) {
            const auto work = std::move(m_posted.front());
            m_posted.pop_front();
            work();
        }
    }
    /// All messages since the last call.
    std::vector<Json> messages()
    {
        runPosted();
        std::vector<Json> messages;
        while (!m_session->outbox().isEmpty()) {
            messages.push_back(parseJson(m_session->outbox().begin()).value());
            m_session->outbox().takeFront();
        }
        return messages;
    }

private:
    static ServedEngine servedBy(
        ScriptedEngine& engine, std::function<void(const std::vector<std::string>&)> showWindow)
    {
        engine.showWindow = std::move(showWindow);
        return engine.served();
    }

    ServedEngine m_served;
    std::deque<std::function<void()>> m_posted;
    std::shared_ptr<RpcSession> m_session;
};

int codeOf(const Json& message) { return message.at("error").at("code").get<int>(); }

JobSnapshot running(JobId job, std::uint64_t done)
{
    JobSnapshot snapshot;
    snapshot.id = job;
    snapshot.description.operation = "post_work";
    snapshot.state = JobState::Running;
    snapshot.unitsDone = done;
    return snapshot;
}

} // namespace

class TestRpcSession : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void answersQuickOnes();
    void tellsOfJobsAndAnswersWhenTheyEnd();
    void saysWhatIsWrong_data();
    void saysWhatIsWrong();
    void carriesOutNotificationsSilently();
    void tellsWhoAnswers();
    void bringsUpTheWindow();
    void letsReadersRead();
    void letsReadersEndWhatTheyHaveBegun();
    void listsWhatCanBeCalled();
    void tellsSubscribers();
    void tellsOfAlerts();
    void tellsOwnersOfTheirJobs();
    void refusesTopicsThatAreNone();
    void cancelsWhatIsOpen();
    void survivesAnswersThatComeTooLate();
    void refusesOneJobTooMany();
    void tellsTheEndAlsoAfterTheAnswer();
    void sendsSlabsWithTheAnswer();
    void saysWhyThereAreNoSlabs();
    void isAConsumerOnceItHasAskedForALoan();
};

void TestRpcSession::answersQuickOnes()
{
    SessionRig rig;
    rig.ask(1, "test.get_echo", {{"text", "a"}});
    rig.ask("two", "test.get_echo", {{"text", "b"}});
    QCOMPARE(rig.session().openRequests(), 2U);
    const auto messages = rig.messages();
    QCOMPARE(messages.size(), 2U);
    QVERIFY(messages[0].at("id") == 1 && messages[0].at("result").at("text") == "a");
    QVERIFY(messages[1].at("id") == "two" && messages[1].at("result").at("text") == "b");
    QCOMPARE(rig.session().openRequests(), 0U);
}

void TestRpcSession::tellsOfJobsAndAnswersWhenTheyEnd()
{
    SessionRig rig;
    rig.ask(1, "test.post_work");
    rig.ask(2, "test.post_work");
    const auto started = rig.messages();
    QCOMPARE(started.size(), 2U);
    QVERIFY(started[1].at("method") == "server.job_started" && started[1].at("params").at("request_id") == 2);
    QVERIFY(rig.engine.end({started[1].at("params").at("job_id").get<std::uint64_t>()}, Json{{"done", true}}));
    const auto answered = rig.messages();
    QCOMPARE(answered.size(), 1U);
    QVERIFY(answered[0].at("id") == 2 && answered[0].at("result").at("done") == true);
    QVERIFY(rig.engine.end({1}, fail(ErrorCode::OutOfDeviceMemory, "no room", {.required = Bytes{7}})));
    const auto failed = rig.messages();
    QVERIFY(failed.at(0).at("id") == 1);
    QCOMPARE(codeOf(failed[0]), -32000);
    QVERIFY(failed[0].at("error").at("data").at("required_bytes") == 7);
}

void TestRpcSession::saysWhatIsWrong_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<int>("code");
    QTest::addColumn<bool>("hasId");
    QTest::newRow("no JSON") << QByteArray{"GET / HTTP/1.1"} << -32700 << false;
    QTest::newRow("half of it") << QByteArray{R"({"jsonrpc":"2.0","id":7,)"} << -32700 << false;
    QTest::newRow("no request") << QByteArray{"[]"} << -32600 << false;
    QTest::newRow("no method") << QByteArray{R"({"jsonrpc":"2.0","id":7})"} << -32600 << true;
    QTest::newRow("an unknown operation")
        << QByteArray{R"({"jsonrpc":"2.0","id":7,"method":"test.no"})"} << -32601 << true;
    QTest::newRow("a field too many of the server's own")
        << QByteArray{R"({"jsonrpc":"2.0","id":7,"method":"server.get_server_info","params":{"a":1}})"} << -32602
        << true;
}

void TestRpcSession::saysWhatIsWrong()
{
    QFETCH(QByteArray, line);
    QFETCH(int, code);
    QFETCH(bool, hasId);
    SessionRig rig;
    rig.session().receive(line.toStdString());
    const auto messages = rig.messages();
    QCOMPARE(messages.size(), 1U);
    QCOMPARE(codeOf(messages[0]), code);
    QVERIFY(messages[0].at("id") == (hasId ? Json(7) : Json(nullptr)));
    QVERIFY(!messages[0].at("error").at("data").at("message").get<std::string>().empty());
    rig.ask(8, "test.get_echo"); // it goes on
    QVERIFY(rig.messages().at(0).at("id") == 8);
}

void TestRpcSession::carriesOutNotificationsSilently()
{
    SessionRig rig;
    rig.say({{"jsonrpc", "2.0"}, {"method", "test.post_work"}});
    rig.say({{"jsonrpc", "2.0"}, {"method", "test.get_echo"}});
    rig.say({{"jsonrpc", "2.0"}, {"method", "test.no"}});
    rig.say({{"jsonrpc", "2.0"}, {"method", "server.get_server_info"}, {"params", {{"a", 1}}}});
    QCOMPARE(rig.engine.working(), 1U);
    QVERIFY(rig.engine.end({1}, Json::object()));
    QVERIFY(rig.messages().empty());
    QCOMPARE(rig.session().openRequests(), 0U);
}

void TestRpcSession::tellsWhoAnswers()
{
    SessionRig rig{ClientRole::ReadOnly};
    rig.ask(1, "server.get_server_info");
    const Json info = rig.messages().at(0).at("result");
    QVERIFY(info.at("name") == "weightroom" && info.at("protocol") == 1 && info.at("role") == "read_only");
    QVERIFY(info.at("process_id").get<qint64>() == QCoreApplication::applicationPid());
}

void TestRpcSession::bringsUpTheWindow()
{
    SessionRig none;
    none.ask(1, "server.post_show_window");
    QVERIFY(none.messages().at(0).at("error").at("data").at("code") == "unsupported");
    int shown = 0;
    std::vector<std::string> opened;
    const auto show = [&](const std::vector<std::string>& folders) {
        ++shown;
        opened = folders;
    };
    SessionRig rig{ClientRole::Full, show};
    rig.ask(1, "server.post_show_window");
    QVERIFY(rig.messages().at(0).at("result").at("shown") == true);
    QCOMPARE(shown, 1);
    QVERIFY(opened.empty());
    rig.ask(2, "server.post_show_window", {{"folders", {"/a", "/b"}}});
    QVERIFY(rig.messages().at(0).contains("result"));
    QVERIFY((opened == std::vector<std::string>{"/a", "/b"}));
    rig.ask(3, "server.post_show_window", {{"folders", Json::array()}});
    QCOMPARE(codeOf(rig.messages().at(0)), -32602);
    SessionRig reader{ClientRole::ReadOnly, show};
    reader.ask(1, "server.post_show_window", {{"folders", {"/c"}}});
    QVERIFY(reader.messages().at(0).at("error").at("data").at("code") == "not_allowed");
    QCOMPARE(shown, 2);
}

void TestRpcSession::letsReadersRead()
{
    SessionRig rig{ClientRole::ReadOnly};
    rig.ask(1, "test.get_echo");
    rig.ask(2, "test.post_work");
    rig.ask(3, "test.no");
    const auto messages = rig.messages();
    QCOMPARE(messages.size(), 3U);
    QVERIFY(messages[0].at("id") == 2); // refused at once
    QVERIFY(messages[0].at("error").at("data").at("code") == "not_allowed");
    QVERIFY(messages[1].at("id") == 1 && messages[1].contains("result"));
    QCOMPARE(codeOf(messages[2]), -32601);
    QCOMPARE(rig.engine.working(), 0U);
}

/// But not what others have begun: here it has the next number.
void TestRpcSession::letsReadersEndWhatTheyHaveBegun()
{
    SessionRig rig{ClientRole::ReadOnly};
    rig.ask(1, "test.get_work");
    QVERIFY(rig.messages().at(0).at("method") == "server.job_started");
    for (const Json& others : {Json{{"job_id", 2}}, Json{{"job_id", "1"}}, Json::object()}) {
        rig.ask(2, "job.post_job_cancel", others);
        QVERIFY(rig.messages().at(0).at("error").at("data").at("code") == "not_allowed");
    }
    QCOMPARE(rig.engine.working(), 1U);
    rig.ask(3, "job.post_job_cancel", {{"job_id", 1}});
    const auto messages = rig.messages();
    QCOMPARE(messages.size(), 2U);
    QVERIFY(messages[0].at("id") == 1 && messages[0].at("error").at("data").at("code") == "cancelled");
    QVERIFY(messages[1].at("id") == 3 && messages[1].contains("result"));
    QCOMPARE(rig.engine.working(), 0U);
}

void TestRpcSession::listsWhatCanBeCalled()
{
    SessionRig rig{ClientRole::ReadOnly};
    rig.ask(1, "server.get_operations");
    const Json listed = rig.messages().at(0).at("result").at("operations");
    std::set<std::string> names;
    for (const Json& row : listed)
        names.insert(row.at("operation").get<std::string>());
    for (const char* name : {"test.get_echo", "job.post_job_cancel", "server.get_server_info", "server.get_operations"})
        QVERIFY2(names.contains(name), name);
}

void TestRpcSession::tellsSubscribers()
{
    SessionRig rig;
    rig.tell(running({9}, 1));
    rig.session().stateChanged(4);
    QVERIFY(rig.messages().empty());
    rig.ask(1, "server.post_subscribe", {{"topics", {"state", "jobs"}}});
    QVERIFY(rig.messages().at(0).at("result").at("topics") == Json({"jobs", "state"}));
    for (std::uint64_t done = 0; done < 100; ++done)
        rig.tell(running({9}, done));
    rig.session().stateChanged(5);
    const auto news = rig.messages();
    QCOMPARE(news.size(), 2U);
    QVERIFY(news[0].at("method") == "server.job_changed" && news[0].at("params").at("units_done") == 99);
    QVERIFY(news[1].at("method") == "server.state_changed" && news[1].at("params").at("revision") == 5);
    rig.ask(2, "server.post_unsubscribe", {{"topics", {"jobs"}}});
    QVERIFY(rig.messages().at(0).at("result").at("topics") == Json::array({"state"}));
    rig.tell(running({9}, 100));
    QVERIFY(rig.messages().empty());
}

void TestRpcSession::tellsOfAlerts()
{
    SessionRig rig{ClientRole::ReadOnly};
    const Alert alert{.number = 7, .kind = AlertKind::SlowLoads, .device = {"GPU_0"}, .threshold = 1, .value = 2};
    const auto tell = [&](std::uint64_t number, AlertNews news) {
        AlertChange change{alert, news};
        change.alert.number = number;
        if (news == AlertNews::Recovered)
            change.alert.recoveredAt = change.alert.raisedAt;
        rig.session().alertChanged(number, alertNotification(change));
    };
    tell(7, AlertNews::Raised);
    QVERIFY(rig.messages().empty());
    QVERIFY(!rig.session().isToldOfAlerts());
    rig.ask(1, "server.post_subscribe", {{"topics", {"alerts", "state"}}});
    QVERIFY(rig.messages().at(0).at("result").at("topics") == Json({"state", "alerts"}));
    QVERIFY(rig.session().isToldOfAlerts());
    tell(7, AlertNews::Raised);
    tell(8, AlertNews::Raised);
    tell(7, AlertNews::Recovered); // in place of the first
    const auto news = rig.messages();
    QCOMPARE(news.size(), 2U);
    QVERIFY(news[0].at("method") == "server.alert_changed" && news[0].at("params").at("change") == "recovered");
    QVERIFY(news[0].at("params").at("alert_id") == 7 && news[0].at("params").at("is_active") == false);
    QVERIFY(news[1].at("params").at("alert_id") == 8 && news[1].at("params").at("change") == "raised");
}

void TestRpcSession::tellsOwnersOfTheirJobs()
{
    SessionRig rig;
    rig.ask(1, "server.post_subscribe", {{"topics", {"own_jobs"}}});
    rig.ask(2, "test.post_work");
    rig.messages();
    rig.tell(running({1}, 1));
    rig.tell(running({2}, 1)); // somebody else's
    const auto news = rig.messages();
    QCOMPARE(news.size(), 1U);
    QVERIFY(news[0].at("params").at("job_id") == 1);
    rig.engine.end({1}, Json::object());
}

void TestRpcSession::refusesTopicsThatAreNone()
{
    SessionRig rig;
    for (const Json& topics : {Json("jobs"), Json::array(), Json({"everything"}), Json({"jobs", 7})}) {
        rig.ask(1, "server.post_subscribe", {{"topics", topics}});
        QCOMPARE(codeOf(rig.messages().at(0)), -32602);
    }
}

void TestRpcSession::cancelsWhatIsOpen()
{
    SessionRig rig;
    rig.ask(1, "test.post_work");
    rig.ask(2, "test.post_work");
    rig.messages();
    rig.engine.end({1}, Json::object());
    rig.session().cancelAll(); // the first has ended, and its answer waits
    QCOMPARE(rig.engine.working(), 0U);
    const auto messages = rig.messages();
    QCOMPARE(messages.size(), 2U);
    QVERIFY(messages[0].contains("result"));
    QVERIFY(messages[1].at("error").at("data").at("code") == "cancelled");
}

void TestRpcSession::survivesAnswersThatComeTooLate()
{
    SessionRig rig;
    rig.ask(1, "test.post_work");
    rig.endSession();
    QVERIFY(rig.engine.end({1}, Json::object()));
    rig.runPosted(); // to a session that is gone
}

void TestRpcSession::refusesOneJobTooMany()
{
    SessionRig rig;
    for (std::size_t i = 0; i < RpcSession::kMostOpenJobs; ++i)
        rig.ask(i, "test.post_work");
    rig.messages();
    rig.ask("more", "test.post_work");
    const auto refused = rig.messages();
    QVERIFY(refused.at(0).at("id") == "more" && refused[0].at("error").at("data").at("code") == "busy");
    rig.ask("cancel", "job.post_job_cancel", {{"job_id", 1}}); // what it has it can still end
    rig.messages();
    rig.ask("again", "test.post_work");
    QVERIFY(rig.messages().at(0).at("method") == "server.job_started");
    rig.session().cancelAll();
}

void TestRpcSession::tellsTheEndAlsoAfterTheAnswer()
{
    SessionRig rig;
    rig.ask(1, "server.post_subscribe", {{"topics", {"own_jobs"}}});
    rig.ask(2, "test.post_work");
    rig.engine.end({1}, Json::object());
    rig.messages();
    JobSnapshot ended = running({1}, 5);
    ended.state = JobState::Succeeded;
    rig.tell(ended);
    QVERIFY(rig.messages().at(0).at("params").at("state") == "succeeded");
    rig.tell(ended); // there is no more to tell of it
    QVERIFY(rig.messages().empty());
}

void TestRpcSession::sendsSlabsWithTheAnswer()
{
    SessionRig rig;
    SlabRequest asked;
    rig.served().takeSlabs = [&](const SlabRequest& request, const ServedEngine::OnSlabs& onSlabs) {
        asked = request;
        auto slabs = std::make_shared<std::vector<UniqueFd>>();
        slabs->emplace_back(::dup(0));
        slabs->emplace_back(::dup(0));
        onSlabs(slabs);
    };
    rig.ask(1, "server.post_slabs_send", {{"lease_id", 7}, {"first_slab", 3}, {"count", 2}});
    rig.runPosted();
    QCOMPARE(asked.client.number, std::uint64_t{5});
    QCOMPARE(asked.lease.number, std::uint64_t{7});
    QVERIFY(asked.first == 3 && asked.count == 2);
    const Json answer = parseJson(rig.session().outbox().begin()).value();
    QVERIFY2(answer.at("result").at("count") == 2, writeJson(answer).c_str());
    QCOMPARE(rig.session().outbox().descriptors().size(), std::size_t{2});
    QCOMPARE(rig.session().openRequests(), 0U);
}

void TestRpcSession::saysWhyThereAreNoSlabs()
{
    SessionRig rig;
    rig.ask(1, "server.post_slabs_send", {{"lease_id", 7}});
    rig.served().takeSlabs = [](const SlabRequest&, const ServedEngine::OnSlabs& onSlabs) {
        onSlabs(fail(ErrorCode::LeaseNotFound, "there is none"));
    };
    rig.ask(2, "server.post_slabs_send", {{"lease_id", 7}});
    rig.ask(3, "server.post_slabs_send", {{"lease_id", 7}, {"count", RpcSession::kMostSlabsAtOnce + 1}});
    std::map<int, std::string> codes;
    for (const Json& message : rig.messages())
        codes[message.at("id").get<int>()] = message.at("error").at("data").at("code");
    QCOMPARE(codes[1], std::string{"unsupported"});
    QCOMPARE(codes[2], std::string{"lease_not_found"});
    QCOMPARE(codes[3], std::string{"invalid_value"});
    QCOMPARE(rig.session().openRequests(), 0U);
}

void TestRpcSession::isAConsumerOnceItHasAskedForALoan()
{
    SessionRig rig;
    rig.ask(1, "test.get_echo");
    rig.session().tellEnd();
    QVERIFY(!rig.session().isConsumer());
    rig.ask(2, "test.post_loan");
    QVERIFY(rig.session().isConsumer());
    (void)rig.messages();
    rig.session().tellEnd();
    const auto messages = rig.messages();
    QCOMPARE(messages.size(), 1U);
    QVERIFY(messages[0].at("method") == "sharing.leases_ended");
}

QTEST_APPLESS_MAIN(TestRpcSession)
#include "test_rpc_session.moc"
