// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/benchmark_rig.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/little_endian.h"
#include "tests/support/verify_result.h"

#include "model_engine/formats/precision.h"

#include <QScopeGuard>
#include <QTest>

#include <cstring>
#include <random>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr const char* kMissing =
#ifdef WEIGHTROOM_HAS_TORCH
    "";
#else
    "built without LibTorch";
#endif

using Dimensions = std::vector<std::uint64_t>;

/// Numbers as weights are, as bytes of this type.
std::string weightBytes(const Dimensions& shape, Dtype dtype, float largest = 0.0F)
{
    std::mt19937 random{11}; // NOLINT(cert-msc51-cpp): the same in each run
    std::normal_distribution<float> values{0.0F, 0.05F};
    std::vector<float> numbers(Shape{shape}.elements().value());
    std::ranges::generate(numbers, [&] { return values(random); });
    if (largest > 0)
        numbers.back() = largest;
    const std::vector<double> wide(numbers.begin(), numbers.end());
    const auto bytes = std::as_bytes(std::span{numbers});
    std::string text(bytesOf(dtype, numbers.size()).value().value, '\0');
    if (dtype == Dtype::F64) {
        std::memcpy(text.data(), wide.data(), text.size());
        return text;
    }
    PrecisionLoss loss;
    if (!convertElements(Dtype::F32, bytes, dtype, std::as_writable_bytes(std::span{text}), loss))
        throw std::runtime_error("no such type");
    return text;
}

/// A file of tensors with real numbers, one behind the other.
class WeightsFile {
public:
    WeightsFile& add(
        const std::string& name, const Dimensions& shape, Dtype dtype, const char* dtypeName, float largest = 0.0F)
    {
        const std::string bytes = weightBytes(shape, dtype, largest);
        m_builder.entry(name, dtypeName, shape, m_size, m_size + bytes.size()).data(bytes);
        m_size += bytes.size();
        return *this;
    }
    [[nodiscard]] std::string build() const { return m_builder.build(); }

private:
    SafetensorsBuilder m_builder;
    std::uint64_t m_size = 0;
};

std::string severalWeights()
{
    return WeightsFile()
        .add("small.weight", {32, 32}, Dtype::F32, "F32")
        .add("large.weight", {64, 48}, Dtype::F32, "F32")
        .add("narrow.weight", {15, 4096}, Dtype::F32, "F32")
        .add("norm.weight", {4096}, Dtype::F32, "F32")
        .add("conv.weight", {32, 16, 3, 3}, Dtype::F16, "F16")
        .add("half.weight", {24, 16}, Dtype::Bf16, "BF16")
        .add("eighth.weight", {16, 16}, Dtype::F8E4M3, "F8_E4M3")
        .add("double.weight", {17, 16}, Dtype::F64, "F64")
        .build();
}

/// "matmul large.weight fp32", as far as the result is right.
std::vector<std::string> rightChecks(const Json& model)
{
    std::vector<std::string> rows;
    for (const Json& check : model.at("compute_checks")) {
        const bool isRight = check.at("matches") == true && check.at("deviation") <= 1 && check.at("seconds") > 0
            && check.at("operations_per_second") > 0;
        rows.push_back(check.at("name").get<std::string>() + " " + check.at("tensor").get<std::string>() + " "
            + check.at("type").get<std::string>() + (isRight ? "" : " (wrong)"));
    }
    return rows;
}

struct ComputeRig : BenchmarkRig {
    [[nodiscard]] Result<Json> compute(const std::string& name, Json more = Json::object())
    {
        more["check_compute"] = true;
        if (!more.contains("iterations"))
            more["iterations"] = 1;
        return benchmark({name}, std::move(more));
    }
};

} // namespace

/// Benchmarks that calculate with what was loaded.
class TestEngineBenchmarkCompute : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void calculatesWithTheLargestOfEachKind();
    void calculatesWithConvertedWeights();
    void calculatesWithDequantizedWeights();
    void tellsOfWrongResults();
    void saysWhyNothingIsCalculated();
    void saysThatLibTorchIsNotThere();
    void saysThatTheFileWasChanged();
    void isNotDoneUnasked();
    void isNotDoneWithoutAMeasurement();
    void hearsACancel();
};

void TestEngineBenchmarkCompute::calculatesWithTheLargestOfEachKind()
{
    if (*kMissing)
        QSKIP(kMissing);
    ComputeRig rig;
    rig.folder.write("models/weights.safetensors", severalWeights());
    VERIFY_RESULT(rig.open());
    const auto answer = rig.compute("weights", {{"iterations", 2}});
    VERIFY_RESULT(answer);
    const Json& report = answer->at("report");
    const Json& model = report.at("models").at(0);
    // Five kinds, of which the smallest is left out.
    QCOMPARE(rightChecks(model),
        (std::vector<std::string>{"matmul large.weight fp32", "conv2d conv.weight fp16", "matmul double.weight fp64",
            "matmul half.weight bf16"}));
    QVERIFY(model.at("compute_checks").at(1).at("shape") == Json({32, 16, 3, 3}));
    QVERIFY(!model.contains("compute_problem") && !model.contains("problem"));
    QVERIFY(report.at("settings").at("check_compute") == true);
    QCOMPARE(BenchmarkRig::stagesOf(report, 0, 2).count("whole"), 1U);
    const auto jobs = rig.engine().jobs();
    QCOMPARE(jobs.back()->unitsDone, jobs.back()->unitsTotal);
    QCOMPARE(rig.heldOn(0), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineBenchmarkCompute::calculatesWithConvertedWeights()
{
    if (*kMissing)
        QSKIP(kMissing);
    ComputeRig rig;
    rig.folder.write("models/weights.safetensors",
        WeightsFile()
            .add("large.weight", {64, 48}, Dtype::F32, "F32")
            .add("conv.weight", {32, 16, 1, 1}, Dtype::F32, "F32")
            .build());
    VERIFY_RESULT(rig.open());
    for (const char* precision : {"fp16", "bf16"}) {
        const auto answer = rig.compute("weights", {{"precision", precision}});
        VERIFY_RESULT(answer);
        QCOMPARE(rightChecks(answer->at("report").at("models").at(0)),
            (std::vector{
                std::string{"matmul large.weight "} + precision, std::string{"conv2d conv.weight "} + precision}));
    }
}

/// The reference is dequantized too: LibTorch has no such type.
void TestEngineBenchmarkCompute::calculatesWithDequantizedWeights()
{
    if (*kMissing)
        QSKIP(kMissing);
    std::string blocks;
    for (int block = 0; block < 64 * 2; ++block) {
        blocks += std::string{"\0\x1C", 2}; // 2^-8
        for (int i = 0; i < 32; ++i)
            blocks += static_cast<char>((block * 37 + i * 11) % 200 - 100);
    }
    ComputeRig rig;
    rig.folder.write("models/packed.gguf",
        GgufBuilder()
            .text("general.architecture", "flux")
            .info("img.weight", ggml::kQ8_0, {64, 64}, 0)
            .data(blocks)
            .build());
    VERIFY_RESULT(rig.open());
    const auto asStored = rig.compute("packed");
    VERIFY_RESULT(asStored);
    QVERIFY(asStored->at("report").at("models").at(0).at("compute_problem").at("code") == "unsupported");
    const auto answer = rig.compute("packed", {{"precision", "bf16"}});
    VERIFY_RESULT(answer);
    QCOMPARE(rightChecks(answer->at("report").at("models").at(0)), std::vector<std::string>{"matmul img.weight bf16"});
}

/// 70000 is infinite in fp16. The loads were measured all the same.
void TestEngineBenchmarkCompute::tellsOfWrongResults()
{
    if (*kMissing)
        QSKIP(kMissing);
    ComputeRig rig;
    rig.folder.write(
        "models/beyond.safetensors", WeightsFile().add("a.weight", {32, 32}, Dtype::F32, "F32", 70'000.0F).build());
    VERIFY_RESULT(rig.open());
    const auto answer = rig.compute("beyond", {{"precision", "fp16"}});
    VERIFY_RESULT(answer);
    const Json& model = answer->at("report").at("models").at(0);
    QVERIFY(model.at("compute_checks").at(0).at("matches") == false);
    QVERIFY(model.at("compute_checks").at(0).at("deviation") > 1);
    QVERIFY(!model.contains("compute_problem") && !model.contains("problem"));
    QVERIFY(answer->at("report").at("end") == "finished");
}

void TestEngineBenchmarkCompute::saysWhyNothingIsCalculated()
{
    ComputeRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.compute("coat"); // of U8, and three fp16
    VERIFY_RESULT(answer);
    const Json& model = answer->at("report").at("models").at(0);
    QVERIFY(model.at("compute_checks").empty() && !model.contains("problem"));
    QVERIFY(model.at("compute_problem").at("code") == "unsupported");
    QVERIFY(model.at("compute_problem").at("message").get<std::string>().find("16") != std::string::npos);
    QVERIFY(answer->at("report").at("end") == "finished");
    QVERIFY(BenchmarkRig::stagesOf(answer->at("report"), 0, 1).contains("whole"));
}

/// Beside the tests there is none: they find it by the environment.
void TestEngineBenchmarkCompute::saysThatLibTorchIsNotThere()
{
    const QByteArray folder = qgetenv("WEIGHTROOM_LIBRARY_DIR");
    const auto restored = qScopeGuard([&] { qputenv("WEIGHTROOM_LIBRARY_DIR", folder); });
    ComputeRig rig;
    qputenv("WEIGHTROOM_LIBRARY_DIR", rig.folder.path().c_str());
    rig.folder.write("models/weights.safetensors", severalWeights());
    VERIFY_RESULT(rig.open());
    const auto answer = rig.compute("weights");
    VERIFY_RESULT(answer);
    const Json& model = answer->at("report").at("models").at(0);
    QVERIFY2(model.at("compute_problem").at("code") == "unsupported", writeJson(model).c_str());
    QVERIFY(model.at("compute_checks").empty() && !model.contains("problem"));
    // Where the files lie is nobody's business.
    QVERIFY(writeJson(model).find(rig.folder.path().string()) == std::string::npos);
}

void TestEngineBenchmarkCompute::saysThatTheFileWasChanged()
{
    if (*kMissing)
        QSKIP(kMissing);
    ComputeRig rig;
    const auto file = rig.folder.write("models/weights.safetensors", severalWeights());
    VERIFY_RESULT(rig.open());
    rig.onBenchmark = [&](const JobSnapshot& job) {
        if (job.phase == JobPhase::Verifying)
            rig.folder.write("models/weights.safetensors", severalWeights() + " ");
    };
    const auto answer = rig.compute("weights");
    VERIFY_RESULT(answer);
    const Json& model = answer->at("report").at("models").at(0);
    QVERIFY2(model.at("compute_problem").at("code") == "file_changed", writeJson(model).c_str());
    QVERIFY(model.at("compute_checks").empty());
    // Where the files lie is nobody's business.
    QVERIFY(writeJson(model).find(rig.folder.path().string()) == std::string::npos);
}

void TestEngineBenchmarkCompute::isNotDoneUnasked()
{
    ComputeRig rig;
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"coat"}, {{"iterations", 1}});
    VERIFY_RESULT(answer);
    const Json& report = answer->at("report");
    QVERIFY(report.at("models").at(0).at("compute_checks").empty());
    QVERIFY(!report.at("models").at(0).contains("compute_problem"));
    QVERIFY(report.at("settings").at("check_compute") == false);
}

/// What does not fit lies nowhere where it could be calculated with.
void TestEngineBenchmarkCompute::isNotDoneWithoutAMeasurement()
{
    ComputeRig rig;
    rig.settings.hostDevices = {kMiB * 8};
    rig.write("large", kMiB * 16);
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"large", "coat"}, {{"iterations", 1}, {"check_compute", true}});
    VERIFY_RESULT(answer);
    const Json& models = answer->at("report").at("models");
    QVERIFY(models.at(0).contains("problem") && !models.at(0).contains("compute_problem"));
    QVERIFY(models.at(1).contains("compute_problem"));
    const auto jobs = rig.engine().jobs();
    QCOMPARE(jobs.back()->unitsDone, jobs.back()->unitsTotal);
}

void TestEngineBenchmarkCompute::hearsACancel()
{
    if (*kMissing)
        QSKIP(kMissing);
    ComputeRig rig;
    rig.folder.write("models/weights.safetensors", severalWeights());
    VERIFY_RESULT(rig.open());
    std::stop_source stop;
    rig.onBenchmark = [&](const JobSnapshot& job) {
        if (job.phase == JobPhase::Verifying)
            stop.request_stop();
    };
    VERIFY_ERROR(rig.engine().call("model.post_model_benchmark",
                     rig.fields({"weights"}, {{"iterations", 1}, {"check_compute", true}}), stop.get_token()),
        ErrorCode::Cancelled);
    const auto ids = rig.kept();
    QCOMPARE(ids.size(), 1U);
    const Json report =
        rig.call("model.get_model_benchmark_results", {{"benchmark_id", ids.front()}}).value().at("report");
    QVERIFY(report.at("end") == "cancelled");
    QVERIFY(report.at("models").at(0).at("compute_checks").empty());
    QVERIFY(!report.at("models").at(0).contains("problem"));
    QCOMPARE(rig.heldOn(0), Bytes{});
}

QTEST_APPLESS_MAIN(TestEngineBenchmarkCompute)
#include "test_engine_benchmark_compute.moc"
