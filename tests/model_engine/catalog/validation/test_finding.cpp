// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/validation/finding.h"

#include "model_engine/catalog/scan/path_examination.h"
#include "model_engine/catalog/validation/validation.h"
#include "tests/model_engine/catalog/conversion/diffusers/pipeline_fixture.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/verify_result.h"

#include <QCryptographicHash>
#include <QTest>

#include <algorithm>
#include <functional>
#include <set>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

/// A model, and what one check finds in it.
struct FindingCase {
    FindingWord word;
    std::string_view check;
    CheckStatus status;
    std::string numbers; ///< "tensors 2, files 1"
    std::vector<std::string> names;
    std::function<fs::path(const TemporaryFolder&)> write;
    ValidationRequest request{.checkValues = true, .checkHashes = true};
};

/// A writer of one file.
auto file(const char* name, std::string content)
{
    return [name, content = std::move(content)](const TemporaryFolder& folder) { return folder.write(name, content); };
}

/// A file of one matrix of two fp16 elements.
auto matrix(std::string bytes)
{
    return file("x.safetensors", SafetensorsBuilder().entry("w", "F16", {2, 1}, 0, 4).data(bytes).build());
}

/// A checkpoint of SD1, with or without what makes it whole.
auto checkpoint(const std::function<void(Blueprint&)>& change)
{
    return [change](const TemporaryFolder& folder) {
        Blueprint blueprint = checkpointOf(Architecture::Sd1);
        change(blueprint);
        return writeBlueprint(folder / "x.safetensors", blueprint);
    };
}

std::string withHash(const std::string& claim)
{
    return SafetensorsBuilder().metadata("sshs_model_hash", claim).tensor("w", "U8", {64}).build();
}

std::string damagedZip()
{
    std::string content = smallTorchZip();
    content[content.find(tensorPattern("0", 8))] ^= 1;
    return content;
}

fs::path writeShards(const TemporaryFolder& folder, const std::vector<std::string>& numbers)
{
    for (const std::string& number : numbers)
        folder.write(
            "s-0000" + number + "-of-00002.safetensors", SafetensorsBuilder().tensor(number, "U8", {1}).build());
    return folder / ("s-0000" + numbers.front() + "-of-00002.safetensors");
}

fs::path writeUnknownHash(const TemporaryFolder& folder)
{
    folder.write("x.civitai.info",
        R"({"files": [{"name": "x.safetensors", "hashes": {"BLAKE3": ")" + std::string(64, 'c') + "\"}}]}");
    return folder.write("x.safetensors", SafetensorsBuilder().tensor("w", "U8", {64}).build());
}

constexpr std::string_view kSd1Tensor = "model.diffusion_model.middle_block.1.proj_in.weight";

std::vector<FindingCase> findingCases()
{
    using enum FindingWord;
    const std::string small = SafetensorsBuilder().tensor("w", "U8", {64}).build();
    const std::string hash =
        QCryptographicHash::hash(QByteArray::fromStdString(tensorPattern("w", 64)), QCryptographicHash::Sha256)
            .toHex()
            .toStdString();
    const auto isOf = [](std::string_view name) {
        return [name](const TensorBlueprint& tensor) { return tensor.name == name; };
    };
    return {
        {NotAskedFor, "hashes", CheckStatus::Skipped, "", {}, file("x.safetensors", small), {}},
        {StructureBroken, "values", CheckStatus::Skipped, "", {}, file("x.safetensors", small + "x")},
        {TensorsFillFile, "structure", CheckStatus::Passed, "tensors 1, files 1", {}, file("x.safetensors", small)},
        {TensorsFillPaddedFile, "structure", CheckStatus::Passed, "tensors 1, files 1", {},
            file("x.gguf", GgufBuilder().tensor("v", ggml::kI8, {5}).build())},
        {TensorsInStorages, "structure", CheckStatus::Passed, "tensors 7, files 1", {},
            file("x.ckpt", smallTorchZip())},
        {TensorsInFiles, "structure", CheckStatus::Passed, "tensors 1, files 1", {},
            [&](const TemporaryFolder& folder) {
                folder.write("p/model_index.json", R"({"unet": ["d", "UNet"]})");
                folder.write("p/unet/model.safetensors", SafetensorsBuilder().tensor("w", "U8", {64}).build());
                return folder / "p";
            }},
        {TruncatedFile, "structure", CheckStatus::Failed, "", {"x.safetensors"},
            file("x.safetensors", small.substr(0, small.size() - 1))},
        {MissingFile, "structure", CheckStatus::Failed, "", {"vae"},
            [](const TemporaryFolder& folder) {
                folder.write("p/model_index.json", R"({"unet": ["d", "UNet"], "vae": ["d", "Autoencoder"]})");
                folder.write("p/unet/model.safetensors", smallSafetensorsFile());
                return folder / "p";
            }},
        {UnknownFormat, "structure", CheckStatus::Failed, "", {"x.safetensors"},
            file("x.safetensors", std::string(100, 'x'))},
        {UnsafePickle, "structure", CheckStatus::Failed, "", {"x.ckpt"},
            file("x.ckpt", torchZip(Pickle().global("os", "system").text("x").tuple1().reduce().stop(), {}))},
        {Malformed, "structure", CheckStatus::Failed, "", {"x.safetensors"}, file("x.safetensors", small + "x")},
        {AllThere, "completeness", CheckStatus::Passed, "", {"sd1"}, checkpoint([](Blueprint&) {})},
        {MissingTensors, "completeness", CheckStatus::Failed, "missing 1", {std::string{kSd1Tensor}},
            checkpoint([=](Blueprint& blueprint) { std::erase_if(blueprint, isOf(kSd1Tensor)); })},
        {ExtraTensors, "completeness", CheckStatus::Warning, "extra 1", {"model.diffusion_model.middle_block.9.weight"},
            checkpoint([=](Blueprint& blueprint) {
                blueprint.push_back(*std::ranges::find_if(blueprint, isOf(kSd1Tensor)));
                blueprint.back().name = "model.diffusion_model.middle_block.9.weight";
            })},
        {UnknownArchitecture, "completeness", CheckStatus::NotApplicable, "", {}, file("x.safetensors", small)},
        {AllNumbers, "values", CheckStatus::Passed, "elements 2, nan 0, infinite 0, zero_tensors 0, unknown_tensors 0",
            {}, matrix({"\x00\x01\x00\x01", 4})},
        {NanFound, "values", CheckStatus::Failed, "elements 2, nan 1, infinite 1, zero_tensors 0, unknown_tensors 0",
            {"w"}, matrix({"\xFF\x7F\x00\x7C", 4})},
        {InfiniteFound, "values", CheckStatus::Failed,
            "elements 2, nan 0, infinite 1, zero_tensors 0, unknown_tensors 0", {"w"}, matrix({"\x00\x01\x00\x7C", 4})},
        {AllZero, "values", CheckStatus::Warning, "elements 2, nan 0, infinite 0, zero_tensors 1, unknown_tensors 0",
            {"w"}, matrix({"\x00\x00\x00\x00", 4})},
        {UnknownValues, "values", CheckStatus::Warning,
            "elements 0, nan 0, infinite 0, zero_tensors 0, unknown_tensors 1", {},
            file("x.gguf", GgufBuilder().info("w", 15, {256}, 0).data(std::string(292, 'x')).build())},
        {NoChecksums, "checksums", CheckStatus::NotApplicable, "", {}, file("x.safetensors", small)},
        {ChecksumsEqual, "checksums", CheckStatus::Passed, "entries 9", {}, file("x.ckpt", smallTorchZip())},
        {ChecksumsDiffer, "checksums", CheckStatus::Failed, "entries 9, damaged 1", {"archive/data/0"},
            file("x.ckpt", damagedZip())},
        {NoClaim, "hashes", CheckStatus::NotApplicable, "", {}, file("x.safetensors", small)},
        {SeveralFiles, "hashes", CheckStatus::NotApplicable, "files 2", {},
            [](const TemporaryFolder& folder) {
                return writeShards(folder, {"1", "2"});
            }},
        {HashesEqual, "hashes", CheckStatus::Passed, "hashes 2", {}, file("x.safetensors", withHash(hash))},
        {HashesDiffer, "hashes", CheckStatus::Failed, "hashes 2, differing 2",
            {"tensor_sha256: header sshs_model_hash", "autov3: header sshs_model_hash"},
            file("x.safetensors", withHash(std::string(64, 'a')))},
        {HashesNotComputed, "hashes", CheckStatus::Skipped, "", {}, writeUnknownHash},
    };
}

std::string numbersOf(const CheckFinding& finding)
{
    std::string text;
    for (const FindingCount& count : finding.counts)
        text += (text.empty() ? "" : ", ") + std::string{count.name} + " " + std::to_string(count.value);
    return text;
}

} // namespace

class TestFinding : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isFound_data();
    void isFound();
    void hasARowForEachWord();
    void givesFewNames();
};

void TestFinding::isFound_data()
{
    QTest::addColumn<std::size_t>("row");
    const auto cases = findingCases();
    for (std::size_t i = 0; i < cases.size(); ++i)
        QTest::newRow(std::string{toText(cases[i].word)}.c_str()) << i;
}

void TestFinding::isFound()
{
    QFETCH(std::size_t, row);
    const FindingCase expected = findingCases()[row];
    const TemporaryFolder folder;
    const ByteProgress progress{.expect = [](Bytes) {}, .advance = [](Bytes) {}};
    const auto report = validateModel(*examinePath(expected.write(folder)), expected.request, progress, {});
    VERIFY_RESULT(report);
    const auto check = std::ranges::find(report->checks, expected.check, &ValidationCheck::name);
    QVERIFY(check != report->checks.end());
    QCOMPARE(std::string{toText(check->finding.word)}, std::string{toText(expected.word)});
    QCOMPARE(std::string{toText(check->status)}, std::string{toText(expected.status)});
    QCOMPARE(numbersOf(check->finding), expected.numbers);
    QCOMPARE(check->finding.names, expected.names);
    QVERIFY(!check->detail.empty());
}

void TestFinding::hasARowForEachWord()
{
    std::set<FindingWord> words;
    for (const FindingCase& row : findingCases())
        words.insert(row.word);
    QCOMPARE(words.size(), static_cast<std::size_t>(kLastFindingWord)); // all but None
}

void TestFinding::givesFewNames()
{
    const std::vector<std::string> names{"a", "b", "c", "d"};
    QCOMPARE(firstNames(names), (std::vector<std::string>{"a", "b", "c"}));
    QVERIFY(firstNames({}).empty());
}

QTEST_APPLESS_MAIN(TestFinding)
#include "test_finding.moc"
