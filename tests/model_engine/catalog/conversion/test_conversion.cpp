// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/conversion/conversion_fixture.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <bit>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

std::string floats(const std::vector<float>& numbers)
{
    std::string bytes;
    for (const float number : numbers)
        bytes += littleEndian(std::bit_cast<std::uint32_t>(number), 4);
    return bytes;
}

/// One tensor of fp32.
std::string fileOf(const std::vector<float>& numbers)
{
    const std::string bytes = floats(numbers);
    return SafetensorsBuilder().entry("w", "F32", {numbers.size()}, 0, bytes.size()).data(bytes).build();
}

} // namespace

class TestConversion : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsEveryTypeOfSafetensors();
    void readsEveryFormat_data();
    void readsEveryFormat();
    void makesOneFileOfShards();
    void changesThePrecision_data();
    void changesThePrecision();
    void tellsWhatWasLost();
    void convertsAViewInItsOrder();
    void givesQuantisedBlocksTheirNumbers();
    void changesNumbersOnly();
    void laysWiderTypesFirst();
    void keepsTheMetadata();
    void leavesOutWhatGgufSaysOfItself();
    void dropsTheAveragedCopy();
    void keepsAFileOfAveragedWeights();
    void refusesScaledWeights();
    void refusesTypesWithoutNumbers();
    void convertsLargeTensorsInParts();
    void replacesAFileWhenAsked();
};

void TestConversion::keepsEveryTypeOfSafetensors()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", smallSafetensorsFile());
    const auto report = convert(source, {.target = folder / "y.safetensors", .precision = {}});
    VERIFY_RESULT(report);
    QVERIFY(tensorsOf(source) == tensorsOf(folder / "y.safetensors"));
    QCOMPARE(report->convertedTensors, 0U);
    QCOMPARE(report->loss.elements, 0U);
    QCOMPARE(report->tensors, tensorsOf(source).size());
    QCOMPARE(report->files.size(), 1U);
    QCOMPARE(report->files.front().path, folder / "y.safetensors");
    QCOMPARE(report->files.front().size.value, fs::file_size(folder / "y.safetensors"));
    QCOMPARE(folder.entries(), (std::set<std::string>{"x.safetensors", "y.safetensors"}));
}

void TestConversion::readsEveryFormat_data()
{
    QTest::addColumn<std::string>("content");
    QTest::newRow("zip") << smallTorchZip();
    QTest::newRow("legacy") << smallTorchLegacy();
    QTest::newRow("gguf") << GgufBuilder().tensor("w", ggml::kF16, {8, 3}).tensor("v", ggml::kI8, {5}).build();
}

/// Tensors that share their bytes, and views of them, are written each by itself in the order of its shape.
void TestConversion::readsEveryFormat()
{
    QFETCH(std::string, content);
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.ckpt", content);
    VERIFY_RESULT(convert(source, {.target = folder / "y.safetensors", .precision = {}}));
    const ReadTensors before = tensorsOf(source);
    QVERIFY(before.size() > 1);
    QVERIFY(before == tensorsOf(folder / "y.safetensors"));
}

void TestConversion::makesOneFileOfShards()
{
    const TemporaryFolder folder;
    folder.write("s-00001-of-00002.safetensors", SafetensorsBuilder().tensor("a", "F16", {7}).build());
    folder.write("s-00002-of-00002.safetensors", SafetensorsBuilder().tensor("b", "F32", {9}).build());
    VERIFY_RESULT(convert(folder / "s-00001-of-00002.safetensors", {.target = folder / "y.safetensors"}));
    QCOMPARE(tensorsOf(folder / "y.safetensors").size(), 2U);
    QVERIFY(tensorsOf(folder / "s-00001-of-00002.safetensors") == tensorsOf(folder / "y.safetensors"));
}

void TestConversion::changesThePrecision_data()
{
    QTest::addColumn<int>("precision");
    QTest::addColumn<std::string>("bytes");
    const auto row = [](Dtype dtype, std::string_view bytes) {
        QTest::newRow(std::string{toText(dtype)}.c_str()) << static_cast<int>(dtype) << std::string{bytes};
    };
    using namespace std::string_view_literals;
    row(Dtype::F32, "\x00\x00\x80\x3F\x00\x00\x00\xC0"sv);
    row(Dtype::F16, "\x00\x3C\x00\xC0"sv);
    row(Dtype::Bf16, "\x80\x3F\x00\xC0"sv);
    row(Dtype::F8E4M3, "\x38\xC0"sv);
    row(Dtype::F8E5M2, "\x3C\xC0"sv);
}

void TestConversion::changesThePrecision()
{
    QFETCH(int, precision);
    QFETCH(std::string, bytes);
    const auto dtype = static_cast<Dtype>(precision);
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", fileOf({1.0F, -2.0F}));
    const auto report = convert(source, {.target = folder / "y.safetensors", .precision = dtype});
    VERIFY_RESULT(report);
    const ReadTensor tensor = tensorsOf(folder / "y.safetensors").at("w");
    QCOMPARE(tensor.dtype, dtype);
    QCOMPARE(tensor.shape, Shape({2}));
    QCOMPARE(tensor.bytes, bytes);
    QCOMPARE(report->convertedTensors, dtype == Dtype::F32 ? 0U : 1U);
}

void TestConversion::tellsWhatWasLost()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", fileOf({1.0F, 2049.0F, 1e6F, -1e6F}));
    const auto report = convert(source, {.target = folder / "y.safetensors", .precision = Dtype::F16});
    VERIFY_RESULT(report);
    QCOMPARE(report->loss.elements, 4U);
    QCOMPARE(report->loss.overflowed, 2U);
    QCOMPARE(report->loss.largestError, 1.0);
    QCOMPARE(report->loss.meanError(), 0.25);
}

void TestConversion::convertsAViewInItsOrder()
{
    const TemporaryFolder folder;
    const std::string pickle = pickleOf({.elements = 6, .size = {3, 2}, .stride = {1, 3}});
    const fs::path source = folder.write("x.ckpt", torchZip(pickle, {{"0", floats({0, 1, 2, 3, 4, 5})}}));
    VERIFY_RESULT(convert(source, {.target = folder / "y.safetensors", .precision = Dtype::F8E5M2}));
    VERIFY_RESULT(convert(source, {.target = folder / "z.safetensors", .precision = Dtype::F32}));
    QCOMPARE(tensorsOf(folder / "z.safetensors").at("x").bytes, floats({0, 3, 1, 4, 2, 5}));
    QCOMPARE(tensorsOf(folder / "y.safetensors").at("x").bytes, std::string("\x00\x42\x3C\x44\x40\x45", 6));
}

void TestConversion::givesQuantisedBlocksTheirNumbers()
{
    const TemporaryFolder folder;
    std::string block = littleEndian(0x3800, 2); // 0.5
    for (int i = 0; i < 32; ++i)
        block.push_back(static_cast<char>(i));
    const fs::path source = folder.write(
        "x.gguf", GgufBuilder().info("w", ggml::kQ8_0, {32, 1}, 0).data(block + std::string(30, '\0')).build());
    VERIFY_RESULT(convert(source, {.target = folder / "y.safetensors", .precision = {}}));
    const ReadTensor kept = tensorsOf(folder / "y.safetensors").at("w");
    QCOMPARE(kept.dtype, Dtype::F16);
    QCOMPARE(kept.shape, Shape({1, 32}));
    QCOMPARE(kept.bytes.substr(0, 6), std::string("\x00\x00\x00\x38\x00\x3C", 6));
    VERIFY_RESULT(convert(source, {.target = folder / "z.safetensors", .precision = Dtype::F32}));
    QCOMPARE(tensorsOf(folder / "z.safetensors").at("w").bytes.substr(0, 12), floats({0, 0.5, 1}));
}

void TestConversion::changesNumbersOnly()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors",
        SafetensorsBuilder()
            .tensor("ids", "I64", {3})
            .tensor("mask", "BOOL", {5})
            .tensor("scale", "F8_E8M0", {4})
            .tensor("w", "F16", {4})
            .build());
    VERIFY_RESULT(convert(source, {.target = folder / "y.safetensors", .precision = Dtype::Bf16}));
    const ReadTensors before = tensorsOf(source);
    const ReadTensors after = tensorsOf(folder / "y.safetensors");
    for (const char* name : {"ids", "mask", "scale"})
        QVERIFY(before.at(name) == after.at(name));
    QCOMPARE(after.at("w").dtype, Dtype::Bf16);
}

void TestConversion::laysWiderTypesFirst()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors",
        SafetensorsBuilder().tensor("a", "U8", {3}).tensor("b", "F16", {3}).tensor("c", "F32", {1}).build());
    VERIFY_RESULT(convert(source, {.target = folder / "y.safetensors"}));
    const auto opened = openModel(*examinePath(folder / "y.safetensors"));
    std::string order;
    for (const TensorEntry& entry : opened->index.tensors) {
        order += entry.name;
        QCOMPARE(entry.range.begin % (traitsOf(entry.dtype).bitsPerBlock / 8), 0U);
    }
    QCOMPARE(order, std::string{"cba"});
}

void TestConversion::keepsTheMetadata()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("hat.safetensors",
        SafetensorsBuilder()
            .metadata("modelspec.title", "Hat")
            .metadata("modelspec.hash_sha256", "0xabc")
            .metadata("ss_network_dim", "16")
            .metadata("sshs_model_hash", "abc")
            .metadata("sshs_legacy_hash", "abc")
            .metadata("my key", "mine")
            .metadata("weightroom.converted_from", "older.ckpt")
            .tensor("w", "F16", {4})
            .build());
    VERIFY_RESULT(convert(source, {.target = folder / "y.safetensors"}));
    const decltype(metadataOf(source)) expected{{"modelspec.title", "Hat"}, {"ss_network_dim", "16"},
        {"my key", "mine"}, {"format", "pt"}, {"weightroom.converted_from", "hat.safetensors"}};
    QVERIFY(metadataOf(folder / "y.safetensors") == expected);
}

void TestConversion::leavesOutWhatGgufSaysOfItself()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.gguf",
        GgufBuilder()
            .text("general.architecture", "flux")
            .number("general.file_type", gguf::kU32, 7, 4)
            .number("general.quantization_version", gguf::kU32, 2, 4)
            .pair("comfy.gguf.orig_shape.w", ggufList(gguf::kI32, 2, littleEndian(4, 4) + littleEndian(8, 4)))
            .tensor("w", ggml::kQ8_0, {32})
            .build());
    VERIFY_RESULT(convert(source, {.target = folder / "y.safetensors"}));
    const decltype(metadataOf(source)) expected{
        {"general.architecture", "flux"}, {"format", "pt"}, {"weightroom.converted_from", "x.gguf"}};
    QVERIFY(metadataOf(folder / "y.safetensors") == expected);
    QCOMPARE(tensorsOf(folder / "y.safetensors").at("w").shape, Shape({4, 8}));
}

void TestConversion::dropsTheAveragedCopy()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors",
        SafetensorsBuilder()
            .tensor("model.diffusion_model.a", "F16", {4})
            .tensor("model_ema.diffusion_modela", "F32", {4})
            .tensor("model_ema.decay", "F32", {})
            .build());
    const auto report = convert(source, {.target = folder / "y.safetensors"});
    VERIFY_RESULT(report);
    QCOMPARE(report->droppedTensors, 2U);
    QCOMPARE(report->droppedSize, Bytes{20});
    QCOMPARE(tensorsOf(folder / "y.safetensors").size(), 1U);
    VERIFY_RESULT(convert(source, {.target = folder / "z.safetensors", .ema = EmaCopy::Keep}));
    QCOMPARE(tensorsOf(folder / "z.safetensors").size(), 3U);
}

void TestConversion::keepsAFileOfAveragedWeights()
{
    const TemporaryFolder folder;
    const fs::path source =
        folder.write("x.safetensors", SafetensorsBuilder().tensor("model_ema.a", "F16", {4}).build());
    const auto report = convert(source, {.target = folder / "y.safetensors"});
    VERIFY_RESULT(report);
    QCOMPARE(report->droppedTensors, 0U);
}

void TestConversion::refusesScaledWeights()
{
    const TemporaryFolder folder;
    ModelRecord record = *examinePath(folder.write("x.safetensors", smallSafetensorsFile()));
    record.identified.quantization = "fp8_scaled";
    const auto attempt = [&](const char* name, std::optional<Dtype> precision) {
        return convertModel(record, {.target = folder / name, .precision = precision}, {});
    };
    VERIFY_ERROR(attempt("y.safetensors", Dtype::F16), ErrorCode::Unsupported);
    QCOMPARE(folder.entries(), std::set<std::string>{"x.safetensors"});
    VERIFY_RESULT(attempt("y.safetensors", {}));
}

void TestConversion::refusesTypesWithoutNumbers()
{
    const TemporaryFolder folder;
    constexpr std::uint32_t kQ8_1 = 9;
    const fs::path source =
        folder.write("x.gguf", GgufBuilder().info("w", kQ8_1, {32}, 0).data(std::string(64, '\0')).build());
    const auto refused = convert(source, {.target = folder / "y.safetensors"});
    VERIFY_ERROR(refused, ErrorCode::Unsupported);
    QVERIFY(refused.error().detail.find("'w'") != std::string::npos);
    QCOMPARE(folder.entries(), std::set<std::string>{"x.gguf"});
}

/// More than the writer asks for at once, and than a stream converts at once; neither is a multiple of the tensor.
void TestConversion::convertsLargeTensorsInParts()
{
    const TemporaryFolder folder;
    std::vector<float> numbers(3'000'001);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] = static_cast<float>(i % 2048);
    const fs::path source = folder.write("x.safetensors", fileOf(numbers));
    std::vector<std::uint64_t> done;
    std::uint64_t total = 0;
    const auto report =
        convert(source, {.target = folder / "y.safetensors", .precision = Dtype::F16}, [&](Bytes bytes, Bytes of) {
            done.push_back(bytes.value);
            total = of.value;
        });
    VERIFY_RESULT(report);
    QCOMPARE(report->loss.elements, 3'000'001U);
    QCOMPARE(report->loss.errorSum, 0.0);
    VERIFY_RESULT(convert(folder / "y.safetensors", {.target = folder / "z.safetensors", .precision = Dtype::F32}));
    QVERIFY(tensorsOf(folder / "z.safetensors") == tensorsOf(source));
    QVERIFY(std::ranges::is_sorted(done) && done.size() == 2);
    QCOMPARE(total, done.back());
}

void TestConversion::replacesAFileWhenAsked()
{
    const TemporaryFolder folder;
    const fs::path source = folder.write("x.safetensors", smallSafetensorsFile());
    folder.write("y.safetensors", "old");
    VERIFY_ERROR(convert(source, {.target = folder / "y.safetensors"}), ErrorCode::AlreadyExists);
    QCOMPARE(fs::file_size(folder / "y.safetensors"), 3U);
    VERIFY_RESULT(convert(source, {.target = folder / "y.safetensors", .ifExists = IfExists::Replace}));
    QVERIFY(tensorsOf(source) == tensorsOf(folder / "y.safetensors"));
    QCOMPARE(folder.entries(), (std::set<std::string>{"x.safetensors", "y.safetensors"}));
}

QTEST_APPLESS_MAIN(TestConversion)
#include "test_conversion.moc"
