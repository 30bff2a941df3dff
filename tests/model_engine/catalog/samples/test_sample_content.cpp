// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/samples/sample_content.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <set>

using namespace weightroom::engine;

namespace {

TensorBlueprint tensorOf(Dtype dtype, Shape shape, std::string origin = "part/layer.weight")
{
    return {"name.in.the.file", dtype, std::move(shape), std::move(origin)};
}

std::vector<std::byte> contentOf(const TensorBlueprint& tensor)
{
    std::vector<std::byte> bytes(bytesOf(tensor.dtype, tensor.shape.elements().value()).value().value);
    return fillSample(tensor, 0, bytes) ? bytes : std::vector<std::byte>{};
}

template <class Element>
std::vector<Element> elementsOf(const TensorBlueprint& tensor)
{
    const std::vector<std::byte> bytes = contentOf(tensor);
    std::vector<Element> elements(bytes.size() / sizeof(Element));
    std::memcpy(elements.data(), bytes.data(), bytes.size());
    return elements;
}

/// Half precision by its definition (IEEE 754): 1 sign bit, 5 exponent bits with a bias of 15, 10 fraction bits.
double halfValue(std::uint16_t bits)
{
    const int exponent = (bits >> 10) & 31;
    const double fraction = (bits & 1023) / 1024.0;
    const double magnitude = exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15);
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

double bfloatValue(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16U); }

std::vector<double> valuesOf(const TensorBlueprint& tensor)
{
    std::vector<double> values;
    if (tensor.dtype == Dtype::F32) {
        for (const float value : elementsOf<float>(tensor))
            values.push_back(value);
        return values;
    }
    for (const std::uint16_t bits : elementsOf<std::uint16_t>(tensor))
        values.push_back(tensor.dtype == Dtype::F16 ? halfValue(bits) : bfloatValue(bits));
    return values;
}

} // namespace

class TestSampleContent final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void weightsAreNormallySpread_data();
    void weightsAreNormallySpread();
    void blocksDoNotMatter();
    void originDecides();
    void integersCountUp();
    void scalarsAreOne();
    void refusesOtherTypes();
};

void TestSampleContent::weightsAreNormallySpread_data()
{
    QTest::addColumn<Dtype>("dtype");
    QTest::newRow("fp16") << Dtype::F16;
    QTest::newRow("bf16") << Dtype::Bf16;
    QTest::newRow("fp32") << Dtype::F32;
}

void TestSampleContent::weightsAreNormallySpread()
{
    QFETCH(Dtype, dtype);
    const std::vector<double> values = valuesOf(tensorOf(dtype, {200, 1000}));
    const double count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double variance = 0;
    double within = 0;
    for (const double value : values) {
        variance += (value - mean) * (value - mean) / count;
        within += std::fabs(value) < 0.02 ? 1 / count : 0;
        QVERIFY(std::isfinite(value) && value != 0 && std::fabs(value) < 0.1);
    }
    QVERIFY2(std::fabs(mean) < 0.0005, std::to_string(mean).c_str());
    QVERIFY2(std::fabs(std::sqrt(variance) - 0.02) < 0.001, std::to_string(std::sqrt(variance)).c_str());
    QVERIFY2(std::fabs(within - 0.683) < 0.02, std::to_string(within).c_str()); // one standard deviation
}

void TestSampleContent::blocksDoNotMatter()
{
    for (const Dtype dtype : {Dtype::F16, Dtype::F32, Dtype::I64}) {
        const TensorBlueprint tensor = tensorOf(dtype, {97});
        const std::vector<std::byte> whole = contentOf(tensor);
        for (std::size_t offset = 0; offset < whole.size(); offset += 8) {
            for (const std::size_t size : {std::size_t{0}, std::size_t{3}, std::size_t{8}, whole.size() - offset}) {
                std::vector<std::byte> block(std::min(size, whole.size() - offset));
                VERIFY_RESULT(fillSample(tensor, offset, block));
                QVERIFY(std::equal(block.begin(), block.end(), whole.begin() + static_cast<std::ptrdiff_t>(offset)));
            }
        }
    }
}

void TestSampleContent::originDecides()
{
    const TensorBlueprint tensor = tensorOf(Dtype::F16, {64, 64});
    TensorBlueprint renamed = tensor;
    renamed.name = "first_stage_model." + tensor.name;
    QVERIFY(contentOf(renamed) == contentOf(tensor));
    std::set<std::vector<std::byte>> contents;
    for (const char* origin : {"part/layer.weight", "part/layer.bias", "other/layer.weight", ""})
        contents.insert(contentOf(tensorOf(Dtype::F16, {64, 64}, origin)));
    QCOMPARE(contents.size(), std::size_t{4});
}

void TestSampleContent::integersCountUp()
{
    const std::vector<std::int64_t> ids = elementsOf<std::int64_t>(tensorOf(Dtype::I64, {1, 77}));
    QCOMPARE(ids.size(), std::size_t{77});
    for (std::size_t i = 0; i < ids.size(); ++i)
        QCOMPARE(ids[i], static_cast<std::int64_t>(i));
}

void TestSampleContent::scalarsAreOne()
{
    for (const Dtype dtype : {Dtype::F16, Dtype::Bf16, Dtype::F32})
        QCOMPARE(valuesOf(tensorOf(dtype, {})), std::vector<double>{1.0});
}

void TestSampleContent::refusesOtherTypes()
{
    std::vector<std::byte> block(8);
    for (const Dtype dtype : {Dtype::Unknown, Dtype::F64, Dtype::F8E4M3, Dtype::Q4_0})
        VERIFY_ERROR(fillSample(tensorOf(dtype, {8}), 0, block), ErrorCode::Unsupported);
}

QTEST_APPLESS_MAIN(TestSampleContent)
#include "test_sample_content.moc"
