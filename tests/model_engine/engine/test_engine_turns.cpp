// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/model_engine/server/line_client.h"
#include "tests/model_engine/server/rest/http_client.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <future>
#include <set>
#include <vector>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// Holds jobs and lets them on one by one.
class Turnstile {
public:
    void pass(const JobSnapshot& job)
    {
        std::unique_lock lock{m_mutex};
        m_arrived.push_back(job);
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return m_letOn > 0; });
        --m_letOn;
    }
    /// The job that came so many after the first; waits for it.
    JobSnapshot arrival(std::size_t index)
    {
        std::unique_lock lock{m_mutex};
        m_changed.wait(lock, [&] { return m_arrived.size() > index; });
        return m_arrived[index];
    }
    void letOn(int count)
    {
        const std::lock_guard lock{m_mutex};
        m_letOn += count;
        m_changed.notify_all();
    }

private:
    std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_changed;
    std::vector<JobSnapshot> m_arrived;
    int m_letOn = 0;
};

/// An engine that is served, with small models. Each load waits in the turnstile when it begins.
class TurnsRig : public EngineRig {
public:
    static constexpr int kModels = 19;

    ~TurnsRig()
    {
        turnstile.letOn(2 * kModels);
        close(); // while there is still a turnstile
    }
    TurnsRig() = default;
    TurnsRig(const TurnsRig&) = delete;
    TurnsRig& operator=(const TurnsRig&) = delete;

    Result<> open()
    {
        for (int i = 0; i < kModels; ++i)
            write("model " + std::to_string(i), kKiB);
        onJob = [this](const JobSnapshot& job) {
            if (job.description.operation == "post_model_cache" && job.phase == JobPhase::Planning && !job.isFinished())
                turnstile.pass(job);
        };
        if (auto served = engine().serve(ClaimedPlace::claim(place).value()); !served)
            return served;
        auto rest = engine().serveRest({.port = 0, .tokens = tokens});
        if (!rest)
            return fail(std::move(rest).error());
        port = *rest;
        auto scanned = scan();
        return scanned ? Result<>{} : Result<>{fail(scanned.error())};
    }
    [[nodiscard]] std::string model(int number) { return idOf("model " + std::to_string(number)); }

    Turnstile turnstile;
    SocketPlace place{folder / "sockets"};
    RestTokens tokens{.full = std::string(64, 'a'), .readOnly = std::string(64, 'b')};
    std::uint16_t port = 0;
};

/// Asks for a load into the cache, and returns when it is a job.
bool askFor(LineClient& client, int id, const std::string& model)
{
    if (!client.ask(id, "model.post_model_cache", {{"model_id", model}}))
        return false;
    const auto begun = client.next();
    return begun && begun->contains("method") && begun->at("method") == "server.job_started";
}

} // namespace

/// What one program asks for keeps nobody else waiting.
class TestEngineTurns : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void servesOthersBeforeTheRestOfOne();

private:
    ResourceUse m_before;
};

void TestEngineTurns::servesOthersBeforeTheRestOfOne()
{
    constexpr int kMost = 16; // that one client may have
    constexpr int kAtOnce = 3; // loads
    constexpr std::array kKinds{ClientKind::Socket, ClientKind::Rest, ClientKind::None};
    std::promise<bool> own;
    TurnsRig rig;
    VERIFY_RESULT(rig.open());
    LineClient greedy{rig.place.socket()};
    for (int i = 0; i < kMost; ++i)
        QVERIFY(askFor(greedy, i, rig.model(i)));
    const JobSnapshot first = rig.turnstile.arrival(kAtOnce - 1);
    LineClient modest{rig.place.socket()};
    QVERIFY(askFor(modest, 1, rig.model(kMost)));
    HttpClient rest{rig.port, rig.tokens.full};
    QVERIFY(rest.post("/api/models/" + rig.model(kMost + 1) + "/cache", "{}", {{"Prefer", "respond-async"}}));
    const auto accepted = rest.next();
    QVERIFY(accepted && accepted->status == 202);
    rig.engine().start("model.post_model_cache", {{"model_id", rig.model(kMost + 2)}},
        [&own](const Result<Json>& answer) { own.set_value(answer.has_value()); });
    for (int i = 0; i < static_cast<int>(kKinds.size()); ++i) { // each time one ends, the next in turn begins
        rig.turnstile.letOn(1);
        const JobSnapshot next = rig.turnstile.arrival(static_cast<std::size_t>(kAtOnce + i));
        QCOMPARE(next.description.modelId.text, rig.model(kMost + i));
        QVERIFY(next.description.clientKind == kKinds.at(static_cast<std::size_t>(i)));
        QVERIFY(next.description.client != first.description.client);
    }
    rig.turnstile.letOn(TurnsRig::kModels);
    QVERIFY(own.get_future().get());
    std::set<int> answered;
    while (answered.size() < kMost) { // as they end
        const auto answer = greedy.next();
        QVERIFY(answer && answer->contains("result"));
        answered.insert(answer->at("id").get<int>());
    }
    QVERIFY(modest.next()->contains("result"));
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

QTEST_APPLESS_MAIN(TestEngineTurns)
#include "test_engine_turns.moc"
