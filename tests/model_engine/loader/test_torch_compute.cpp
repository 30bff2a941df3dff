// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/shape.h"
#include "model_engine/formats/precision.h"
#include "model_engine/loader/torch_module.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace weightroom::engine;

namespace {

using Dimensions = std::vector<std::uint64_t>;

/// Weights as a file has them, and as they were loaded.
struct Weights {
    Dimensions shape;
    Dtype storedAs = Dtype::Unknown;
    Dtype loadedAs = Dtype::Unknown;
    std::vector<std::byte> stored;
    std::vector<std::byte> loaded;

    [[nodiscard]] std::size_t elements() const { return Shape{shape}.elements().value(); }
    [[nodiscard]] std::size_t elementSize() const { return loaded.size() / elements(); }
};

std::vector<std::byte> convertedTo(Dtype to, Dtype from, std::span<const std::byte> bytes, std::size_t elements)
{
    std::vector<std::byte> converted(bytesOf(to, elements).value().value);
    PrecisionLoss loss;
    if (from == to)
        std::ranges::copy(bytes, converted.begin());
    else if (!convertElements(from, bytes, to, converted, loss))
        throw std::runtime_error("there is no such conversion");
    return converted;
}

/// As those of a model: most of them small, and some of them larger.
Weights makeWeights(const Dimensions& shape, Dtype storedAs, Dtype loadedAs)
{
    Weights weights{.shape = shape, .storedAs = storedAs, .loadedAs = loadedAs, .stored = {}, .loaded = {}};
    std::mt19937 random{7}; // NOLINT(cert-msc51-cpp): the same in each run
    std::normal_distribution<float> values{0.0F, 0.03F};
    std::vector<float> numbers(weights.elements());
    std::ranges::generate(numbers, [&] { return values(random); });
    const std::vector<double> wide(numbers.begin(), numbers.end());
    const auto bytes = std::as_bytes(std::span{numbers});
    const auto wideBytes = std::as_bytes(std::span{wide});
    weights.stored = storedAs == Dtype::F64 ? std::vector(wideBytes.begin(), wideBytes.end())
                                            : convertedTo(storedAs, Dtype::F32, bytes, numbers.size());
    weights.loaded = convertedTo(loadedAs, storedAs, weights.stored, numbers.size());
    return weights;
}

TorchComputation computationWith(const Weights& weights)
{
    const auto viewOf = [&](const std::vector<std::byte>& bytes, Dtype dtype) {
        return TorchTensorView{
            .address = reinterpret_cast<std::uint64_t>(bytes.data()), .elements = weights.elements(), .dtype = dtype};
    };
    TorchComputation computation{.weights = viewOf(weights.loaded, weights.loadedAs),
        .stored = viewOf(weights.stored, weights.storedAs),
        .shape = {},
        .rank = static_cast<std::uint32_t>(weights.shape.size())};
    std::ranges::copy(weights.shape, computation.shape.begin());
    return computation;
}

Result<TorchComputed> computed(const Weights& weights)
{
    const auto torch = TorchModule::open();
    return torch ? torch->computeCheck(computationWith(weights)) : Result<TorchComputed>{fail(torch.error())};
}

const Dimensions kMatrix{96, 160};
const Dimensions kConvolution{32, 48, 3, 3};

void addTypes()
{
    QTest::addColumn<std::vector<std::uint64_t>>("shape");
    QTest::addColumn<Dtype>("storedAs");
    QTest::addColumn<Dtype>("loadedAs");
    struct Row {
        const char* name;
        Dtype storedAs;
        Dtype loadedAs;
    };
    for (const Row& row : {Row{"fp64", Dtype::F64, Dtype::F64}, Row{"fp32", Dtype::F32, Dtype::F32},
             Row{"fp16", Dtype::F16, Dtype::F16}, Row{"bf16", Dtype::Bf16, Dtype::Bf16},
             Row{"fp8 e4m3", Dtype::F8E4M3, Dtype::F8E4M3}, Row{"fp8 e5m2", Dtype::F8E5M2, Dtype::F8E5M2},
             Row{"fp32 as fp16", Dtype::F32, Dtype::F16}, Row{"fp16 as bf16", Dtype::F16, Dtype::Bf16},
             Row{"fp32 as fp8 e4m3", Dtype::F32, Dtype::F8E4M3}, Row{"bf16 as fp8 e5m2", Dtype::Bf16, Dtype::F8E5M2}}) {
        QTest::addRow("matrix, %s", row.name) << kMatrix << row.storedAs << row.loadedAs;
        QTest::addRow("convolution, %s", row.name) << kConvolution << row.storedAs << row.loadedAs;
    }
}

} // namespace

/// Calculations with weights as they lie, checked against what is stored.
class TestTorchCompute : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsRightResults_data() { addTypes(); }
    void findsRightResults();
    void findsAFlippedBit_data() { addTypes(); }
    void findsAFlippedBit();
    void calculatesInTheShapeOfTheModel();
    void hasANumberForWhatIsNone();
    void knowsThatWeightsMayBeNoNumbers();
    void takesNoOverflowForRounding();
    void calculatesWithZeros();
    void leavesTheGpuToBeUsedLater();
    void refusesWhatIsNotCalculatedWith_data();
    void refusesWhatIsNotCalculatedWith();
};

void TestTorchCompute::findsRightResults()
{
    QFETCH(Dimensions, shape);
    QFETCH(Dtype, storedAs);
    QFETCH(Dtype, loadedAs);
    const auto done = computed(makeWeights(shape, storedAs, loadedAs));
    VERIFY_RESULT(done);
    QVERIFY2(done->deviation <= 1, qPrintable(QString::number(done->deviation)));
    // No other is to the last bit what it is in double precision: the check has looked at something.
    QVERIFY2(loadedAs == Dtype::F64 || done->deviation > 1e-6, qPrintable(QString::number(done->deviation)));
    QVERIFY(done->seconds > 0 && done->seconds < 10);
}

/// The highest bit of the exponent, in the last of the weights.
void TestTorchCompute::findsAFlippedBit()
{
    QFETCH(Dimensions, shape);
    QFETCH(Dtype, storedAs);
    QFETCH(Dtype, loadedAs);
    Weights weights = makeWeights(shape, storedAs, loadedAs);
    weights.loaded.back() ^= std::byte{0x40};
    const auto done = computed(weights);
    VERIFY_RESULT(done);
    QVERIFY2(done->deviation > 1, qPrintable(QString::number(done->deviation)));
    QVERIFY(std::isfinite(done->deviation));
}

void TestTorchCompute::calculatesInTheShapeOfTheModel()
{
    const auto product = computed(makeWeights(kMatrix, Dtype::F32, Dtype::F32));
    VERIFY_RESULT(product);
    QCOMPARE(product->operations, 2.0 * 1024 * 96 * 160);
    const auto convolution = computed(makeWeights(kConvolution, Dtype::F32, Dtype::F32));
    VERIFY_RESULT(convolution);
    QCOMPARE(convolution->operations, 2.0 * 32 * 48 * 3 * 3 * 62 * 62);
    // The host takes fewer rows of a large one, and a smaller picture.
    const auto large = computed(makeWeights({4096, 1024}, Dtype::F32, Dtype::F32));
    VERIFY_RESULT(large);
    QVERIFY(large->operations > 1e9 && large->operations < 2.0 * 1024 * 4096 * 1024);
    const auto wide = computed(makeWeights({640, 640, 3, 3}, Dtype::F32, Dtype::F32));
    VERIFY_RESULT(wide);
    QVERIFY(wide->operations > 1e9 && wide->operations < 2.0 * 640 * 640 * 3 * 3 * 62 * 62);
}

void TestTorchCompute::hasANumberForWhatIsNone()
{
    Weights weights = makeWeights(kMatrix, Dtype::F32, Dtype::F32);
    for (const float odd : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        std::memcpy(weights.loaded.data(), &odd, sizeof odd);
        const auto done = computed(weights);
        VERIFY_RESULT(done);
        QVERIFY(std::isfinite(done->deviation) && done->deviation > 1);
    }
}

void TestTorchCompute::knowsThatWeightsMayBeNoNumbers()
{
    Weights weights = makeWeights(kMatrix, Dtype::F32, Dtype::F32);
    const float odd = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(weights.stored.data(), &odd, sizeof odd);
    const auto lost = computed(weights);
    VERIFY_RESULT(lost);
    QVERIFY(std::isfinite(lost->deviation) && lost->deviation > 1); // there is a number where none must be
    weights.loaded = weights.stored;
    const auto done = computed(weights);
    VERIFY_RESULT(done);
    QVERIFY2(done->deviation <= 1, qPrintable(QString::number(done->deviation)));
}

/// 70000 is infinite in fp16, and 448 at most in fp8: that is another result, however it came about.
void TestTorchCompute::takesNoOverflowForRounding()
{
    for (const Dtype loadedAs : {Dtype::F16, Dtype::F8E4M3}) {
        Weights weights = makeWeights(kMatrix, Dtype::F32, Dtype::F32);
        const float large = 70'000;
        std::memcpy(weights.stored.data(), &large, sizeof large);
        weights.loaded = convertedTo(loadedAs, Dtype::F32, weights.stored, weights.elements());
        weights.loadedAs = loadedAs;
        const auto done = computed(weights);
        VERIFY_RESULT(done);
        QVERIFY2(std::isfinite(done->deviation) && done->deviation > 1, qPrintable(QString::number(done->deviation)));
    }
}

void TestTorchCompute::calculatesWithZeros()
{
    Weights weights = makeWeights(kConvolution, Dtype::F16, Dtype::F16);
    std::ranges::fill(weights.stored, std::byte{});
    weights.loaded = weights.stored;
    const auto done = computed(weights);
    VERIFY_RESULT(done);
    QCOMPARE(done->deviation, 0.0);
}

/// LibTorch decides once whether it has CUDA, and a convolution on the host is reason enough to decide.
void TestTorchCompute::leavesTheGpuToBeUsedLater()
{
    const Weights weights = makeWeights(kConvolution, Dtype::F32, Dtype::F32);
    VERIFY_RESULT(computed(weights));
    TorchComputation onGpu = computationWith(weights);
    onGpu.weights.cudaDevice = 64; // which no machine has: nothing may be read there
    const auto torch = TorchModule::open();
    VERIFY_RESULT(torch);
    const auto refused = torch->computeCheck(onGpu);
    VERIFY_ERROR(refused, ErrorCode::DeviceError);
    const std::string& words = refused.error().detail;
    QVERIFY2(words.find("without ATen_cuda") == std::string::npos, words.c_str());
}

void TestTorchCompute::refusesWhatIsNotCalculatedWith_data()
{
    QTest::addColumn<std::vector<std::uint64_t>>("shape");
    QTest::addColumn<std::uint64_t>("storedElements");
    QTest::addColumn<Dtype>("loadedAs");
    const std::uint64_t elements = 96 * 160;
    QTest::newRow("rank 3") << Dimensions{96, 16, 10} << elements << Dtype::F32;
    QTest::newRow("no dimension") << Dimensions{} << elements << Dtype::F32;
    QTest::newRow("a dimension of 0") << Dimensions{96, 0} << elements << Dtype::F32;
    QTest::newRow("fewer than there are") << Dimensions{96, 80} << elements << Dtype::F32;
    QTest::newRow("more than there are") << Dimensions{192, 160} << elements << Dtype::F32;
    QTest::newRow("more than can be counted")
        << Dimensions{std::uint64_t{1} << 32U, std::uint64_t{1} << 32U} << elements << Dtype::F32;
    QTest::newRow("fewer are stored") << kMatrix << elements - 1 << Dtype::F32;
    QTest::newRow("packed") << kMatrix << elements << Dtype::Q8_0;
}

void TestTorchCompute::refusesWhatIsNotCalculatedWith()
{
    QFETCH(Dimensions, shape);
    QFETCH(std::uint64_t, storedElements);
    QFETCH(Dtype, loadedAs);
    const auto torch = TorchModule::open();
    VERIFY_RESULT(torch);
    const Weights weights = makeWeights(kMatrix, Dtype::F32, Dtype::F32);
    TorchComputation computation = computationWith(weights);
    computation.shape = {};
    std::ranges::copy(shape, computation.shape.begin());
    computation.rank = static_cast<std::uint32_t>(shape.size());
    computation.stored.elements = storedElements;
    computation.weights.dtype = loadedAs;
    VERIFY_ERROR(torch->computeCheck(computation), ErrorCode::DeviceError);
}

QTEST_APPLESS_MAIN(TestTorchCompute)
#include "test_torch_compute.moc"
