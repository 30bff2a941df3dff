// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/validation/validation.h"

#include "model_engine/catalog/scan/path_examination.h"
#include "tests/support/gguf_builder.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/torch_archive_builder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QCryptographicHash>
#include <QTest>

#include <algorithm>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

constexpr ValidationRequest kEverything{.checkValues = true, .checkHashes = true};

/// What was told of a validation while it ran.
struct Told {
    Bytes expected;
    Bytes done;
    ByteProgress progress{
        .expect = [this](Bytes bytes) { expected += bytes; },
        .advance = [this](Bytes bytes) { done += bytes; },
    };
};

Result<ValidationReport> validate(const fs::path& path, ValidationRequest request = kEverything)
{
    Told told;
    return validateModel(*examinePath(path), request, told.progress, {});
}

/// "structure passed, completeness not_applicable, …"
std::string statusesOf(const ValidationReport& report)
{
    std::string text;
    for (const ValidationCheck& check : report.checks)
        text += std::string{text.empty() ? "" : ", "}.append(check.name) + " " + std::string{toText(check.status)};
    return text;
}

const ValidationCheck& checkOf(const ValidationReport& report, std::string_view name)
{
    return *std::ranges::find(report.checks, name, &ValidationCheck::name);
}

/// A file of one tensor with these bytes.
std::string fileOf(const char* dtype, const std::vector<std::uint64_t>& shape, const std::string& bytes)
{
    return SafetensorsBuilder().entry("w", dtype, shape, 0, bytes.size()).data(bytes).build();
}

std::string sha256Of(const std::string& bytes)
{
    return QCryptographicHash::hash(QByteArray::fromStdString(bytes), QCryptographicHash::Sha256).toHex().toStdString();
}

} // namespace

class TestValidation : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void checksTheStructureAlone();
    void findsNaNAndInfinity();
    void warnsOfAMatrixOfZeros_data();
    void warnsOfAMatrixOfZeros();
    void boundsTheList();
    void readsEveryFormat_data();
    void readsEveryFormat();
    void tellsWhyTheReaderRefused_data();
    void tellsWhyTheReaderRefused();
    void failsWithoutAFile();
    void tellsWhatIsMissing();
    void comparesChecksumsOfAnArchive();
    void comparesChecksumsOfAPipeline();
    void comparesClaimedHashes();
    void leavesHashesOfSeveralFilesAlone();
    void reportsAllBytes();
    void comparesFilesWithTheNamesOfTheirBlobs();
    void canBeCancelled();
    void noticesAFileThatChanges();
};

void TestValidation::checksTheStructureAlone()
{
    const TemporaryFolder folder;
    const auto report = validate(folder.write("x.safetensors", fileOf("F16", {2}, {"\xFF\xFF\xFF\xFF", 4})), {});
    VERIFY_RESULT(report);
    QCOMPARE(statusesOf(*report),
        std::string{
            "structure passed, completeness not_applicable, values skipped, checksums skipped, hashes skipped"});
    QVERIFY(report->isValid());
    QCOMPARE(report->read, Bytes{});
}

void TestValidation::findsNaNAndInfinity()
{
    const TemporaryFolder folder;
    const std::string bytes{"\x00\x7E\x00\x7C\x01\x00\x00\xFC\x00\x00", 10};
    const auto report = validate(folder.write("x.safetensors", fileOf("F16", {5}, bytes)));
    VERIFY_RESULT(report);
    QVERIFY(!report->isValid());
    QCOMPARE(checkOf(*report, "values").status, CheckStatus::Failed);
    QCOMPARE(report->tensorsWithProblems, 1U);
    QCOMPARE(report->tensors.front().name, std::string{"w"});
    QCOMPARE(report->tensors.front().nan, 1U);
    QCOMPARE(report->tensors.front().infinite, 2U);
    QVERIFY(!report->tensors.front().isAllZero);
    QCOMPARE(report->read, Bytes{10});
}

void TestValidation::warnsOfAMatrixOfZeros_data()
{
    QTest::addColumn<std::string>("dtype");
    QTest::addColumn<std::vector<std::uint64_t>>("shape");
    QTest::addColumn<bool>("warns");
    QTest::newRow("matrix") << std::string{"F16"} << std::vector<std::uint64_t>{2, 4} << true;
    QTest::newRow("bias") << std::string{"F16"} << std::vector<std::uint64_t>{8} << false;
    QTest::newRow("number") << std::string{"F16"} << std::vector<std::uint64_t>{} << false;
    QTest::newRow("integers") << std::string{"I16"} << std::vector<std::uint64_t>{2, 4} << false;
    QTest::newRow("empty") << std::string{"F16"} << std::vector<std::uint64_t>{2, 0} << false;
}

void TestValidation::warnsOfAMatrixOfZeros()
{
    QFETCH(std::string, dtype);
    QFETCH(std::vector<std::uint64_t>, shape);
    QFETCH(bool, warns);
    const TemporaryFolder folder;
    std::size_t size = 2;
    for (const std::uint64_t dimension : shape)
        size *= dimension;
    const auto report = validate(folder.write("x.safetensors", fileOf(dtype.c_str(), shape, std::string(size, '\0'))));
    VERIFY_RESULT(report);
    QVERIFY(report->isValid());
    QCOMPARE(checkOf(*report, "values").status, warns ? CheckStatus::Warning : CheckStatus::Passed);
    QCOMPARE(report->tensors.size(), warns ? 1U : 0U);
}

void TestValidation::boundsTheList()
{
    const TemporaryFolder folder;
    SafetensorsBuilder builder;
    for (std::uint64_t i = 0; i < 150; ++i)
        builder.entry("w" + std::to_string(i), "F16", {1}, 2 * i, 2 * i + 2).data("\xFF\xFF");
    const auto report = validate(folder.write("x.safetensors", builder.build()));
    VERIFY_RESULT(report);
    QCOMPARE(report->tensorsWithProblems, 150U);
    QCOMPARE(report->tensors.size(), kMostTensorProblems);
}

void TestValidation::readsEveryFormat_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<std::string>("checksums");
    QTest::newRow("safetensors") << smallSafetensorsFile() << std::string{"not_applicable"};
    QTest::newRow("gguf") << GgufBuilder().tensor("w", ggml::kQ4_0, {64, 3}).tensor("v", ggml::kI8, {5}).build()
                          << std::string{"not_applicable"};
    QTest::newRow("zip") << smallTorchZip() << std::string{"passed"};
    QTest::newRow("legacy") << smallTorchLegacy() << std::string{"not_applicable"};
}

void TestValidation::readsEveryFormat()
{
    QFETCH(std::string, content);
    QFETCH(std::string, checksums);
    const TemporaryFolder folder;
    const ModelRecordPtr record = examinePath(folder.write("x.bin", content));
    Told told;
    const auto report = validateModel(*record, kEverything, told.progress, {});
    VERIFY_RESULT(report);
    QCOMPARE(toText(checkOf(*report, "structure").status), std::string_view{"passed"});
    QCOMPARE(std::string{toText(checkOf(*report, "checksums").status)}, checksums);
    QCOMPARE(told.done, told.expected);
    QVERIFY(report->read > Bytes{});
}

void TestValidation::tellsWhyTheReaderRefused_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<ErrorCode>("code");
    const std::string whole = smallSafetensorsFile();
    QTest::newRow("truncated") << whole.substr(0, whole.size() - 1) << ErrorCode::FileTruncated;
    QTest::newRow("trailing") << whole + "x" << ErrorCode::InvalidFormat;
    QTest::newRow("empty") << std::string{} << ErrorCode::FileTruncated;
    QTest::newRow("page") << std::string{"<!doctype html>"} << ErrorCode::InvalidFormat;
    QTest::newRow("unknown") << std::string(100, 'x') << ErrorCode::UnknownFormat;
    QTest::newRow("hole") << SafetensorsBuilder().entry("w", "U8", {1}, 1, 2).data("ab").build()
                          << ErrorCode::InvalidFormat;
}

void TestValidation::tellsWhyTheReaderRefused()
{
    QFETCH(std::string, content);
    QFETCH(ErrorCode, code);
    const TemporaryFolder folder;
    const auto report = validate(folder.write("x.safetensors", content));
    VERIFY_RESULT(report);
    QVERIFY(!report->isValid());
    QCOMPARE(statusesOf(*report),
        std::string{"structure failed, completeness skipped, values skipped, checksums skipped, hashes skipped"});
    QCOMPARE(checkOf(*report, "structure").error.value().code, code);
}

void TestValidation::failsWithoutAFile()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(validate(folder / "none.safetensors"), ErrorCode::NotFound);
    VERIFY_ERROR(validate(folder.path()), ErrorCode::NotRegularFile);
    const fs::path file = folder.write("x.safetensors", smallSafetensorsFile());
    const ModelRecordPtr record = examinePath(file);
    fs::remove(file);
    Told told;
    VERIFY_ERROR(validateModel(*record, {}, told.progress, {}), ErrorCode::NotFound);
}

void TestValidation::tellsWhatIsMissing()
{
    const TemporaryFolder folder;
    folder.write("s-00001-of-00002.safetensors", smallSafetensorsFile());
    const auto shards = validate(folder / "s-00001-of-00002.safetensors");
    VERIFY_RESULT(shards);
    QCOMPARE(checkOf(*shards, "structure").status, CheckStatus::Failed);
    QCOMPARE(checkOf(*shards, "structure").error.value().code, ErrorCode::NotFound);

    ModelRecord record = *examinePath(folder.write("x.safetensors", smallSafetensorsFile()));
    Told told;
    record.identified.architecture = Architecture::Sd1;
    QCOMPARE(checkOf(validateModel(record, {}, told.progress, {}).value(), "completeness").status, CheckStatus::Passed);
    record.identified.extra = {2, {"b", "c"}};
    const auto extra = validateModel(record, {}, told.progress, {});
    QCOMPARE(checkOf(*extra, "completeness").status, CheckStatus::Warning);
    QVERIFY(extra->isValid());
    record.identified.missing = {5, {"a1", "a2", "a3", "a4", "a5"}};
    const auto missing = validateModel(record, {}, told.progress, {});
    QVERIFY(!missing->isValid());
    QCOMPARE(checkOf(*missing, "completeness").detail,
        std::string{"5 tensors are missing that its architecture has: a1, a2, a3"});
}

void TestValidation::comparesChecksumsOfAnArchive()
{
    const TemporaryFolder folder;
    std::string content = smallTorchZip();
    const std::string storage = tensorPattern("0", 8);
    const std::size_t place = content.find(storage);
    QVERIFY(place != std::string::npos);
    content[place] = static_cast<char>(content[place] + 1);
    const auto report = validate(folder.write("x.ckpt", content));
    VERIFY_RESULT(report);
    QVERIFY(!report->isValid());
    QCOMPARE(checkOf(*report, "checksums").status, CheckStatus::Failed);
    QVERIFY(checkOf(*report, "checksums").detail.ends_with("'archive/data/0'"));
}

void TestValidation::comparesChecksumsOfAPipeline()
{
    const TemporaryFolder folder;
    folder.write("p/model_index.json", R"({"unet": ["d", "UNet"], "vae": ["d", "Autoencoder"]})");
    folder.write("p/unet/model.safetensors", smallSafetensorsFile());
    folder.write("p/vae/model.bin", smallTorchZip());
    const auto report = validate(folder / "p");
    VERIFY_RESULT(report);
    QCOMPARE(checkOf(*report, "checksums").status, CheckStatus::Passed);
    QCOMPARE(checkOf(*report, "checksums").detail, std::string{"the archive's 9 entries have their checksums"});
}

void TestValidation::comparesClaimedHashes()
{
    const TemporaryFolder folder;
    const std::string data = tensorPattern("w", 64);
    const auto file = [&](const std::string& claim) {
        return SafetensorsBuilder().metadata("sshs_model_hash", claim).tensor("w", "U8", {64}).build();
    };
    const fs::path path = folder.write("x.safetensors", file(sha256Of(data)));
    auto report = validate(path);
    VERIFY_RESULT(report);
    QCOMPARE(checkOf(*report, "hashes").status, CheckStatus::Passed);
    QCOMPARE(report->hashes.size(), 2U); // AutoV3 is a part of it
    QCOMPARE(report->hashes.front().computed, sha256Of(data));

    folder.write("x.json", "{\"sha256\": \"" + std::string(64, 'a') + "\"}"); // a dialect that says none
    folder.write("x.metadata.json", "{\"sha256\": \"" + std::string(64, 'a') + "\"}");
    report = validate(path);
    VERIFY_RESULT(report);
    QCOMPARE(checkOf(*report, "hashes").status, CheckStatus::Failed);
    QCOMPARE(
        checkOf(*report, "hashes").detail, std::string{"the file does not have the claimed sha256 of x.metadata.json"});
    fs::remove(folder / "x.metadata.json");

    folder.write("x.safetensors", file(std::string(64, 'b')));
    report = validate(path);
    VERIFY_RESULT(report);
    QVERIFY(!report->isValid());

    folder.write("x.safetensors", SafetensorsBuilder().tensor("w", "U8", {64}).build());
    QCOMPARE(checkOf(validate(path).value(), "hashes").status, CheckStatus::NotApplicable);
    folder.write("x.civitai.info",
        R"({"files": [{"name": "x.safetensors", "hashes": {"BLAKE3": ")" + std::string(64, 'c') + "\"}}]}");
    report = validate(path);
    VERIFY_RESULT(report);
    QCOMPARE(checkOf(*report, "hashes").status, CheckStatus::Skipped);
    QVERIFY(report->hashes.front().computed.empty());
}

void TestValidation::leavesHashesOfSeveralFilesAlone()
{
    const TemporaryFolder folder;
    for (const char* number : {"1", "2"})
        folder.write(std::string{"s-0000"} + number + "-of-00002.safetensors",
            SafetensorsBuilder().metadata("sshs_model_hash", std::string(64, 'a')).tensor(number, "U8", {1}).build());
    const auto report = validate(folder / "s-00001-of-00002.safetensors");
    VERIFY_RESULT(report);
    QCOMPARE(checkOf(*report, "hashes").status, CheckStatus::NotApplicable);
    QVERIFY(report->isValid());
}

void TestValidation::reportsAllBytes()
{
    const TemporaryFolder folder;
    const std::string content = SafetensorsBuilder()
                                    .metadata("sshs_model_hash", std::string(64, 'a'))
                                    .tensor("w", "U8", {3 << 20})
                                    .tensor("v", "F16", {10})
                                    .build();
    const ModelRecordPtr record = examinePath(folder.write("x.safetensors", content));
    Told told;
    const auto report = validateModel(*record, kEverything, told.progress, {});
    VERIFY_RESULT(report);
    QCOMPARE(told.expected, Bytes{2 * ((3 << 20) + 20)}); // the values, and the tensors' hash
    QCOMPARE(told.done, told.expected);
    QCOMPARE(report->read, told.expected);
}

/// Each file of a pipeline is its own claim there.
void TestValidation::comparesFilesWithTheNamesOfTheirBlobs()
{
    const TemporaryFolder folder;
    const fs::path repository = folder / "models--org--pipe";
    const fs::path snapshot = repository / "snapshots/0123";
    const std::string content = fileOf("U8", {4}, "abcd");
    const auto link = [&](const std::string& component, const std::string& blob) {
        folder.write("models--org--pipe/blobs/" + blob, content);
        fs::create_directories(snapshot / component);
        fs::create_symlink("../../../blobs/" + blob, snapshot / component / "model.safetensors");
    };
    link("unet", sha256Of(content));
    link("vae", std::string(64, 'a'));
    folder.write("models--org--pipe/snapshots/0123/model_index.json",
        R"({"_class_name": "P", "unet": ["d", "UNet"], "vae": ["d", "Autoencoder"]})");
    const auto report = validate(snapshot, {.checkHashes = true});
    VERIFY_RESULT(report);
    QCOMPARE(report->hashes.size(), std::size_t{2});
    QCOMPARE(report->hashes[0].source, std::string{"hub blob name"});
    QVERIFY(report->hashes[0].file == snapshot / "unet/model.safetensors");
    QCOMPARE(report->hashes[0].computed, report->hashes[0].claimed);
    QVERIFY(report->hashes[1].computed != report->hashes[1].claimed);
    QCOMPARE(checkOf(*report, "hashes").status, CheckStatus::Failed);
}

void TestValidation::canBeCancelled()
{
    const TemporaryFolder folder;
    const ModelRecordPtr record = examinePath(folder.write("x.ckpt", smallTorchZip()));
    std::stop_source stop;
    stop.request_stop();
    Told told;
    VERIFY_ERROR(validateModel(*record, {.checkValues = true}, told.progress, stop.get_token()), ErrorCode::Cancelled);
    VERIFY_ERROR(validateModel(*record, {.checkHashes = true}, told.progress, stop.get_token()), ErrorCode::Cancelled);
    QCOMPARE(told.done, Bytes{});
}

void TestValidation::noticesAFileThatChanges()
{
    const TemporaryFolder folder;
    const fs::path file = folder.write("x.safetensors", SafetensorsBuilder().tensor("w", "U8", {3 << 20}).build());
    const ModelRecordPtr record = examinePath(file);
    ByteProgress progress{
        .expect = [](Bytes) {}, .advance = [&](Bytes) { fs::resize_file(file, fs::file_size(file) + 1); }};
    VERIFY_ERROR(validateModel(*record, kEverything, progress, {}), ErrorCode::FileChanged);
    VERIFY_ERROR(validateModel(*record, {}, progress, {}), ErrorCode::FileChanged);
}

QTEST_APPLESS_MAIN(TestValidation)
#include "test_validation.moc"
