// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/held_benchmark.h"
#include "tests/support/scripted_python.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <cerrno>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr std::size_t kHat = BenchmarkRig::kFloats * 4;
constexpr std::size_t kCoat = kMiB.value + 6;

/// A peer that says when it is asked, and waits until it may answer.
class HeldPeer {
public:
    HeldPeer()
    {
        for (const char* name : {"asked", "go"})
            m_isMade = m_isMade && ::mkfifo((m_python.folder() / name).c_str(), S_IRUSR | S_IWUSR) == 0;
    }
    [[nodiscard]] bool isMade() const { return m_isMade; }
    void waitUntilAsked() { std::ifstream{m_python.folder() / "asked"}.get(); }
    void letGo() { std::ofstream{m_python.folder() / "go"}; }

private:
    const ScriptedPython m_python{R"(ready
read -r line
echo > "$folder/asked"
read -r line < "$folder/go"
loaded )"
        + std::to_string(kCoat)};
    bool m_isMade = true;
};

const Json& modelOf(const Result<Json>& answer, std::size_t number = 0)
{
    return answer->at("report").at("models").at(number);
}

} // namespace

/// Benchmarks with another loader beside ours, through a double of Python.
class TestEngineBenchmarkPeer : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void putsThePeersFiguresBesideOurs();
    void showsThePeerMeanwhile();
    void asksNoPeerUnlessTold();
    void asksAtEveryTemperature();
    void leavesThePeerAllOfTheMemory();
    void goesOnWithoutThePeer();
    void keepsWhatThePeerHadDone();
    void endsThePeerAtACancel();
};

void TestEngineBenchmarkPeer::putsThePeersFiguresBesideOurs()
{
    const ScriptedPython python{ScriptedPython::loading(kHat)};
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"hat"}, {{"iterations", 3}, {"compare_peer", true}});
    VERIFY_RESULT(answer);
    const Json& hat = modelOf(answer);
    QVERIFY2(!hat.contains("peer_problem") && !hat.contains("problem"), writeJson(hat).c_str());
    const Json& peer = hat.at("peer");
    QVERIFY(peer.at("name") == "safetensors" && peer.at("version") == "9.9.9");
    QVERIFY(peer.at("seconds") == Json({0.25, 0.25, 0.25}) && peer.at("statistics").at("median") == 0.25);
    QVERIFY(peer.at("bytes_per_second") == static_cast<double>(kHat) * 4);
    QVERIFY(hat.at("peer_ratio") > 0);
    QCOMPARE(BenchmarkRig::stagesOf(answer->at("report"), 0, 3),
        (Stages{"disk", "cache", "copy", "share", "unload", "whole"}));
    QVERIFY(answer->at("report").at("settings").at("compare_peer") == true);
    const auto kept = rig.call("model.get_model_benchmark_results", {{"benchmark_id", answer->at("report").at("id")}});
    VERIFY_RESULT(kept);
    QVERIFY(kept->at("report") == answer->at("report"));
    const auto jobs = rig.engine().jobs();
    const auto run =
        std::ranges::find(jobs, "post_model_benchmark", [](const auto& job) { return job->description.operation; });
    QCOMPARE((*run)->unitsTotal, std::uint64_t{1 + 3 * 6});
    QCOMPARE((*run)->unitsDone, (*run)->unitsTotal);
}

void TestEngineBenchmarkPeer::showsThePeerMeanwhile()
{
    const ScriptedPython python{ScriptedPython::loading(kHat)};
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    HeldBenchmark run{rig, rig.fields({"hat"}, {{"iterations", 100}, {"compare_peer", true}})};
    const Json seen = rig.call("model.get_model_benchmark_progress").value().at("models").at(0);
    QVERIFY(seen.at("peer").at("name") == "safetensors" && seen.at("peer_problem").is_null());
    QVERIFY(!seen.at("peer").at("seconds").empty());
    QVERIFY(seen.at("peer").at("statistics").at("count") == seen.at("peer").at("seconds").size());
    QVERIFY(seen.at("peer_ratio") > 0);
    VERIFY_ERROR(run.cancelled(), ErrorCode::Cancelled);
}

void TestEngineBenchmarkPeer::asksNoPeerUnlessTold()
{
    const ScriptedPython python{ScriptedPython::loading(kHat)};
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"hat"}, {{"iterations", 1}});
    VERIFY_RESULT(answer);
    QVERIFY(!modelOf(answer).contains("peer") && !modelOf(answer).contains("peer_ratio"));
    QCOMPARE(python.starts(), std::string{});
}

void TestEngineBenchmarkPeer::asksAtEveryTemperature()
{
    const ScriptedPython python{ScriptedPython::loading(kHat)};
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const auto cached =
        rig.benchmark({"hat"}, {{"iterations", 2}, {"temperature", "ram_cache"}, {"compare_peer", true}});
    VERIFY_RESULT(cached);
    QCOMPARE(modelOf(cached).at("peer").at("seconds").size(), 2U);
    const auto cache = rig.benchmark({"hat"}, {{"iterations", 2}, {"device_id", "cache"}, {"compare_peer", true}});
    VERIFY_RESULT(cache);
    QCOMPARE(modelOf(cache).at("peer").at("seconds").size(), 2U);
    const std::string starts = python.starts();
    QCOMPARE(std::ranges::count(starts, '\n'), 2); // one for all iterations
    QCOMPARE(rig.heldInCache(), Bytes{});
}

void TestEngineBenchmarkPeer::leavesThePeerAllOfTheMemory()
{
    HeldPeer peer;
    QVERIFY(peer.isMade());
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    VERIFY_RESULT(rig.load(rig.idOf("coat")));
    std::promise<Result<Json>> answer;
    rig.engine().start("model.post_model_benchmark", rig.fields({"coat"}, {{"iterations", 1}, {"compare_peer", true}}),
        [&answer](const Result<Json>& result) { answer.set_value(result); });
    peer.waitUntilAsked();
    const Bytes onDevice = rig.heldOn(0);
    const Bytes inCache = rig.heldInCache();
    peer.letGo();
    const auto done = answer.get_future().get();
    VERIFY_RESULT(done);
    QCOMPARE(onDevice, Bytes{});
    QCOMPARE(inCache, Bytes{});
    QVERIFY2(!modelOf(done).contains("peer_problem"), writeJson(modelOf(done)).c_str());
    QVERIFY((*findModel(*rig.engine().snapshot(), ModelId{rig.idOf("coat")}))->isLoaded()); // as before
}

void TestEngineBenchmarkPeer::goesOnWithoutThePeer()
{
    const ScriptedPython python{R"(echo "{\"problem\": \"ModuleNotFoundError in $0: $2\", \"kind\": \"import\"}")"};
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"hat", "coat"}, {{"iterations", 2}, {"compare_peer", true}});
    VERIFY_RESULT(answer);
    QVERIFY(answer->at("report").at("end") == "finished");
    for (const std::size_t number : {0U, 1U}) {
        const Json& model = modelOf(answer, number);
        QVERIFY(model.at("peer_problem").at("code") == "unsupported");
        QVERIFY(!model.contains("peer") && !model.contains("problem"));
        QVERIFY(BenchmarkRig::stagesOf(answer->at("report"), number, 2).contains("whole"));
    }
    // Where Python and the files lie is nobody's business.
    const std::string report = writeJson(answer->at("report"));
    QVERIFY2(report.find(rig.folder.path().string()) == std::string::npos, report.c_str());
    QVERIFY2(report.find(python.folder().path().string()) == std::string::npos, report.c_str());
    QVERIFY(report.find("hat.safetensors") != std::string::npos);
}

void TestEngineBenchmarkPeer::keepsWhatThePeerHadDone()
{
    const ScriptedPython python{"ready; read -r line; loaded " + std::to_string(kHat) + "; read -r line; exit 3"};
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"hat"}, {{"iterations", 3}, {"compare_peer", true}});
    VERIFY_RESULT(answer);
    const Json& hat = modelOf(answer);
    QVERIFY(hat.at("peer_problem").at("code") == "io_error");
    QCOMPARE(hat.at("peer").at("seconds").size(), 1U);
    QVERIFY(BenchmarkRig::stagesOf(answer->at("report"), 0, 3).contains("whole"));
}

void TestEngineBenchmarkPeer::endsThePeerAtACancel()
{
    HeldPeer peer;
    QVERIFY(peer.isMade());
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    std::promise<Result<Json>> answer;
    const JobId job = rig.engine().start("model.post_model_benchmark",
        rig.fields({"coat"}, {{"iterations", 1}, {"compare_peer", true}}),
        [&answer](const Result<Json>& result) { answer.set_value(result); });
    peer.waitUntilAsked();
    (void)rig.engine().cancel(job);
    VERIFY_ERROR(answer.get_future().get(), ErrorCode::Cancelled);
    QVERIFY(rig.kept().empty()); // no iteration was complete
    QVERIFY(::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD); // there is no process of this one any more
}

QTEST_APPLESS_MAIN(TestEngineBenchmarkPeer)
#include "test_engine_benchmark_peer.moc"
