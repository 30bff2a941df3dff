// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/benchmark_rig.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include "model_engine/benchmark/limits/page_cache.h"
#include "model_engine/core/files/file.h"

#include <QTest>

#include <fcntl.h>
#include <sys/mman.h>

using namespace weightroom::engine;
using namespace weightroom::test;
namespace fake_cuda = weightroom::fake_cuda;

namespace {

const Stages kAll{"disk", "cache", "copy", "convert", "share", "unload", "whole"};

/// A file that somebody else has mapped, so that it stays in the page cache.
class MappedFile {
public:
    explicit MappedFile(const std::filesystem::path& path)
        : m_size(std::filesystem::file_size(path))
        , m_file(::open(path.c_str(), O_RDONLY | O_CLOEXEC))
        , m_begin(::mmap(nullptr, m_size, PROT_READ, MAP_SHARED | MAP_POPULATE, m_file.get(), 0))
    {
    }
    ~MappedFile() { ::munmap(m_begin, m_size); }
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

private:
    const std::size_t m_size;
    const UniqueFd m_file;
    void* const m_begin;
};

} // namespace

/// Benchmarks: what they measure, and what they leave as it was.
class TestEngineBenchmark : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void measuresEveryStage();
    void measuresOnAGpu();
    void measuresTheCacheAlone();
    void measuresWhatIsCached();
    void claimsNoColdReadThatWasNone();
    void bringsBackWhatWasThere();
    void countsAsNoUse();
    void goesOnWhenOneModelFails();
    void failsWhenNothingCanBeMeasured();
};

void TestEngineBenchmark::measuresEveryStage()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"hat", "coat"}, {{"iterations", 3}, {"precision", "fp16"}, {"verify", true}});
    VERIFY_RESULT(answer);
    const Json& report = answer->at("report");
    QVERIFY(report.at("end") == "finished");
    QCOMPARE(BenchmarkRig::stagesOf(report, 0, 3), kAll);
    QVERIFY(!report.at("models").at(1).contains("problem"));
    for (const Json& stage : report.at("models").at(0).at("stages")) {
        const bool isHalf = stage.at("stage") == "unload" || stage.at("stage") == "share"
            || stage.at("stage") == "whole" || stage.at("stage") == "copy";
        const std::size_t size = BenchmarkRig::kFloats * (isHalf ? 2 : 4);
        QVERIFY2(stage.at("measurements").at(2).at("bytes") == size, writeJson(stage).c_str());
        QVERIFY2(stage.at("measurements").at(2).at("seconds") > 0, writeJson(stage).c_str());
        QVERIFY(stage.at("measurements").at(2).at("iteration") == 3);
    }
    QVERIFY(report.at("limits").at("device_upload") > 0 && report.at("limits").at("host_copy_two_threads") > 0);
    QVERIFY(report.at("settings").at("precision") == "fp16" && report.at("settings").at("verify") == true);
    QVERIFY(report.at("machine").at("device").at("device_id") == "HOST_0");
    QVERIFY(report.at("machine").at("features").at("share_contents") == true);
    // Where the files lie is nobody's business.
    QVERIFY(writeJson(report).find(rig.folder.path().string()) == std::string::npos);
    QCOMPARE(rig.heldOn(0), Bytes{});
    QCOMPARE(rig.heldInCache(), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineBenchmark::measuresOnAGpu()
{
    fake_cuda::fakeCuda().reset({});
    {
        BenchmarkRig rig;
        rig.settings.useCuda = true;
        VERIFY_RESULT(rig.open());
        const Json once{{"iterations", 1}, {"device_id", "GPU_0"}, {"precision", "fp16"}};
        VERIFY_RESULT(rig.benchmark({"hat"}, once)); // what the lane keeps for conversions is there then
        const auto before = fake_cuda::fakeCuda().live();
        const auto answer = rig.benchmark({"hat"}, {{"iterations", 5}, {"device_id", "GPU_0"}, {"precision", "fp16"}});
        VERIFY_RESULT(answer);
        const Json& report = answer->at("report");
        QCOMPARE(BenchmarkRig::stagesOf(report, 0, 5), kAll);
        QVERIFY(report.at("machine").at("device").at("kind") == "cuda");
        QVERIFY2(report.at("limits").at("device_copy_within") > 0, writeJson(report.at("limits")).c_str());
        QVERIFY(fake_cuda::fakeCuda().live() == before);
        QCOMPARE(rig.wrongSnapshot(), std::string{});
    }
    fake_cuda::fakeCuda().endProcess();
}

void TestEngineBenchmark::measuresTheCacheAlone()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"coat"}, {{"iterations", 2}, {"device_id", "cache"}});
    VERIFY_RESULT(answer);
    const Json& report = answer->at("report");
    QCOMPARE(BenchmarkRig::stagesOf(report, 0, 2), (Stages{"disk", "cache", "whole"}));
    QVERIFY(report.at("settings").at("device_id") == "" && !report.at("machine").contains("device"));
    QVERIFY(!report.at("limits").contains("device_upload"));
    QCOMPARE(rig.heldInCache(), Bytes{});
}

void TestEngineBenchmark::measuresWhatIsCached()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"coat"}, {{"iterations", 2}, {"temperature", "ram_cache"}});
    VERIFY_RESULT(answer);
    QCOMPARE(BenchmarkRig::stagesOf(answer->at("report"), 0, 2), (Stages{"copy", "share", "unload", "whole"}));
    QCOMPARE(rig.heldInCache(), Bytes{}); // it was not there before
}

void TestEngineBenchmark::claimsNoColdReadThatWasNone()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const std::filesystem::path file = rig.folder / "models/coat.safetensors";
    if (makeCold(file)) {
        const auto answer = rig.benchmark({"coat"}, {{"iterations", 1}, {"temperature", "disk"}});
        VERIFY_RESULT(answer);
        QVERIFY(answer->at("report").at("settings").at("temperature") == "disk");
        QVERIFY(BenchmarkRig::stagesOf(answer->at("report"), 0, 1).contains("disk"));
    }
    const MappedFile mapped{file};
    const auto refused = rig.benchmark({"coat"}, {{"iterations", 1}, {"temperature", "disk"}});
    QVERIFY(!refused);
    QVERIFY2(refused.error().code == ErrorCode::IoError || refused.error().code == ErrorCode::Unsupported,
        describe(refused.error()).c_str());
    QCOMPARE(rig.heldOn(0), Bytes{});
}

void TestEngineBenchmark::bringsBackWhatWasThere()
{
    BenchmarkRig rig;
    rig.clock = std::make_shared<ManualClock>(); // so that it goes at the same time as before
    VERIFY_RESULT(rig.open());
    VERIFY_RESULT(rig.load(rig.idOf("hat"), {{"precision", "fp16"}, {"keep_alive_seconds", 3600}}));
    VERIFY_RESULT(rig.load(rig.idOf("coat")));
    VERIFY_RESULT(rig.call("model.delete_model_cache", {{"model_id", rig.idOf("hat")}}));
    const auto states = [&rig] {
        Json all = Json::array();
        for (const char* name : {"hat", "coat"})
            all.push_back(rig.call("model.get_model_status", {{"model_id", rig.idOf(name)}}).value().at("model"));
        return all;
    };
    const Json before = states();
    VERIFY_RESULT(rig.benchmark({"hat", "coat"}, {{"iterations", 1}}));
    const Json after = states();
    QVERIFY2(after == before, writeJson(Json::diff(before, after)).c_str());
    const EngineSnapshotPtr now = rig.engine().snapshot();
    const ModelState& hat = **findModel(*now, ModelId{rig.idOf("hat")});
    QVERIFY(hat.cached.empty() && hat.devices.at(0).size == Bytes{BenchmarkRig::kFloats * 2});
    QVERIFY(hat.devices.at(0).expiresAt.has_value());
    QVERIFY((*findModel(*now, ModelId{rig.idOf("coat")}))->isCached());
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineBenchmark::countsAsNoUse()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    VERIFY_RESULT(rig.benchmark({"coat"}, {{"iterations", 1}}));
    const Json cache = rig.call("worker.get_cache_status").value();
    QVERIFY(cache.at("hits") == 0 && cache.at("misses") == 0);
    QVERIFY(rig.call("model.get_model_load_records").value().at("records").empty());
    QVERIFY(rig.call("worker.analyze_cache_patterns").value().at("uses") == 0);
    const Json seen = rig.call("monitor.get_monitor_state").value();
    for (const Json& row : seen.at("loads"))
        QVERIFY2(row.value("succeeded", 0) == 0, writeJson(row).c_str());
}

void TestEngineBenchmark::goesOnWhenOneModelFails()
{
    BenchmarkRig rig{{kMiB * 8}};
    rig.write("large", kMiB * 16);
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"large", "coat"}, {{"iterations", 2}});
    VERIFY_RESULT(answer);
    const Json& models = answer->at("report").at("models");
    QVERIFY(models.at(0).at("problem").at("code") == "out_of_device_memory");
    QVERIFY(!models.at(1).contains("problem") && answer->at("report").at("end") == "finished");
    QVERIFY(BenchmarkRig::stagesOf(answer->at("report"), 1, 2).contains("whole"));
    const auto jobs = rig.engine().jobs();
    QCOMPARE(jobs.back()->unitsDone, jobs.back()->unitsTotal);
    QCOMPARE(rig.heldOn(0), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineBenchmark::failsWhenNothingCanBeMeasured()
{
    BenchmarkRig rig{{kMiB * 8}};
    rig.write("large", kMiB * 16);
    VERIFY_RESULT(rig.open());
    VERIFY_ERROR(rig.benchmark({"large"}), ErrorCode::OutOfDeviceMemory);
    QVERIFY(rig.kept().empty());
    QCOMPARE(rig.heldInCache(), Bytes{});
}

QTEST_APPLESS_MAIN(TestEngineBenchmark)
#include "test_engine_benchmark.moc"
