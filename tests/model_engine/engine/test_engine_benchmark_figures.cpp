// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/benchmark_rig.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QScopeGuard>
#include <QTest>

#include <fstream>
#include <future>
#include <utility>

using namespace weightroom::engine;
using namespace weightroom::test;
namespace fake_cuda = weightroom::fake_cuda;

namespace {

constexpr int kOutOfMemory = 2; // CUDA_ERROR_OUT_OF_MEMORY

/// A second goes by with each call of a function of the driver, and at no other time.
class DriverClock final : public Clock {
public:
    explicit DriverClock(std::string function)
        : m_function(std::move(function))
    {
    }
    [[nodiscard]] Steady now() const override
    {
        return Steady{std::chrono::hours{1} + std::chrono::seconds{fake_cuda::fakeCuda().calls(m_function)}};
    }
    [[nodiscard]] Wall wallTime() const override { return std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}; }

private:
    const std::string m_function;
};

/// Bytes that this process has asked the system to read since it began.
std::uint64_t bytesRead()
{
    std::ifstream counters{"/proc/self/io"};
    std::string name;
    std::uint64_t value = 0;
    while (counters >> name >> value) {
        if (name == "rchar:")
            return value;
    }
    return 0;
}

/// Of the first model's only measurement; negative: the stage is not there.
double secondsOf(const Json& answer, std::string_view stage)
{
    for (const Json& one : answer.at("report").at("models").at(0).at("stages")) {
        if (one.at("stage") == stage)
            return one.at("measurements").at(0).at("seconds").get<double>();
    }
    return -1;
}

} // namespace

/// What the figures of a benchmark are of.
class TestEngineBenchmarkFigures : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { fake_cuda::fakeCuda().reset({}); }
    void cleanup() { fake_cuda::fakeCuda().endProcess(); }
    void readsTheFileForBothLoads();
    void timesReadingApartFromTheRest();
    void timesUnloadingUntilTheMemoryIsGivenBack();
    void readsBackWhereItIsAskedTo();
    void takesNoLoadThatWasTriedAgain();
    void countsLoadsThatRanAlready();
    void measuresTheDiskForColdRunsOnly();
    void copiesAsMuchAsTheModelHasForTheLimits();
};

/// Where it began in the RAM cache, where the staged load has left it, the whole load would read nothing.
void TestEngineBenchmarkFigures::readsTheFileForBothLoads()
{
    constexpr Bytes kSize = kMiB * 16;
    BenchmarkRig rig;
    rig.write("large", kSize);
    VERIFY_RESULT(rig.open());
    const std::uint64_t before = bytesRead();
    VERIFY_RESULT(rig.benchmark({"large"}, {{"iterations", 1}}));
    // Each load reads it, and before each the page cache is warmed with it.
    QVERIFY2(bytesRead() - before >= kSize.value * 4, std::to_string(bytesRead() - before).c_str());
}

void TestEngineBenchmarkFigures::timesReadingApartFromTheRest()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"coat"}, {{"iterations", 1}});
    VERIFY_RESULT(answer);
    QVERIFY(secondsOf(*answer, "disk") > 0);
    QVERIFY2(secondsOf(*answer, "disk") < secondsOf(*answer, "cache"), writeJson(*answer).c_str());
}

void TestEngineBenchmarkFigures::timesUnloadingUntilTheMemoryIsGivenBack()
{
    BenchmarkRig rig;
    rig.settings.useCuda = true;
    rig.clock = std::make_shared<DriverClock>("cuMemUnmap");
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"coat"}, {{"iterations", 1}, {"device_id", "GPU_0"}});
    VERIFY_RESULT(answer);
    QVERIFY2(secondsOf(*answer, "unload") >= 1, writeJson(*answer).c_str());
    QCOMPARE(secondsOf(*answer, "whole"), 0.0);
}

void TestEngineBenchmarkFigures::readsBackWhereItIsAskedTo()
{
    BenchmarkRig rig;
    rig.settings.useCuda = true;
    rig.clock = std::make_shared<ManualClock>(); // each limit is measured as often as in any other run
    VERIFY_RESULT(rig.open());
    const auto readsBack = [&rig](bool verifies) {
        const std::uint64_t before = fake_cuda::fakeCuda().calls("cuMemcpyDtoHAsync");
        const auto answer = rig.benchmark({"coat"}, {{"iterations", 1}, {"device_id", "GPU_0"}, {"verify", verifies}});
        return answer ? fake_cuda::fakeCuda().calls("cuMemcpyDtoHAsync") - before : 0;
    };
    const std::uint64_t without = readsBack(false);
    QVERIFY(without > 0); // the limit of the way back
    QVERIFY(readsBack(true) > without);
}

/// Two loads, and what was done between them, are no measurement of one.
void TestEngineBenchmarkFigures::takesNoLoadThatWasTriedAgain()
{
    BenchmarkRig rig;
    rig.settings.useCuda = true;
    VERIFY_RESULT(rig.open());
    bool isRefused = false;
    rig.onBenchmark = [&isRefused](const JobSnapshot& job) {
        if (job.phase == JobPhase::Reading && !std::exchange(isRefused, true)) // the limits are measured
            fake_cuda::fakeCuda().failCall("cuMemcpyHtoDAsync", 1, kOutOfMemory, fake_cuda::Fault::Once);
    };
    VERIFY_ERROR(rig.benchmark({"coat"}, {{"iterations", 1}, {"device_id", "GPU_0"}}), ErrorCode::OutOfDeviceMemory);
    QVERIFY(isRefused && rig.kept().empty());
    VERIFY_RESULT(rig.benchmark({"coat"}, {{"iterations", 1}, {"device_id", "GPU_0"}}));
}

void TestEngineBenchmarkFigures::countsLoadsThatRanAlready()
{
    BenchmarkRig rig;
    rig.settings.useCuda = true;
    VERIFY_RESULT(rig.open());
    fake_cuda::fakeCuda().holdCopiesAfter(0);
    std::promise<Result<Json>> loaded;
    static_cast<void>(
        rig.engine().start("model.post_model_load", {{"model_id", rig.idOf("hat")}, {"device_id", "GPU_0"}},
            [&loaded](const Result<Json>& answer) { loaded.set_value(answer); }));
    fake_cuda::fakeCuda().waitUntilHeld();
    const auto release = qScopeGuard([] { fake_cuda::fakeCuda().releaseCopies(); });
    const auto answer = rig.benchmark({"coat"}, {{"iterations", 1}, {"device_id", "cache"}});
    fake_cuda::fakeCuda().releaseCopies();
    VERIFY_RESULT(loaded.get_future().get());
    VERIFY_RESULT(answer);
    QVERIFY2(answer->at("report").at("other_loads") == 1, writeJson(answer->at("report")).c_str());
}

/// The models are too small for the limit of the disk: had anybody asked for it, it would be missing.
void TestEngineBenchmarkFigures::measuresTheDiskForColdRunsOnly()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"coat"}, {{"iterations", 1}});
    VERIFY_RESULT(answer);
    const Json& limits = answer->at("report").at("limits");
    QVERIFY2(limits.at("missing").empty() && !limits.contains("disk_read"), writeJson(limits).c_str());
}

/// But 16 MiB at least, and 256 at most.
void TestEngineBenchmarkFigures::copiesAsMuchAsTheModelHasForTheLimits()
{
    BenchmarkRig rig;
    rig.settings.useCuda = true;
    rig.clock = std::make_shared<DriverClock>("cuMemcpyHtoDAsync");
    rig.write("large", kMiB * 40);
    VERIFY_RESULT(rig.open());
    for (const auto& [model, size] : {std::pair{"coat", kMiB * 16}, std::pair{"large", kMiB * 40}}) {
        const auto answer = rig.benchmark({model}, {{"iterations", 1}, {"device_id", "GPU_0"}});
        VERIFY_RESULT(answer);
        const Json& limits = answer->at("report").at("limits");
        QVERIFY2(limits.at("device_upload") == static_cast<double>(size.value), writeJson(limits).c_str());
    }
}

QTEST_APPLESS_MAIN(TestEngineBenchmarkFigures)
#include "test_engine_benchmark_figures.moc"
