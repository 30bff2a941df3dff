// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/metadata_reader.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

using Field = MetadataField;

fs::path writeModel(const TemporaryFolder& folder, const std::string& name = "x.safetensors")
{
    return folder.write(name,
        SafetensorsBuilder()
            .metadata("modelspec.title", "Header")
            .metadata("ss_network_dim", "16")
            .tensor("a", "F16", {2})
            .build());
}

std::string told(const MetadataReport& report, Field field)
{
    const MetadataValue* value = report.metadata.find(field);
    return value == nullptr ? "-" : writeJson(value->value) + " " + value->source;
}

} // namespace

class TestMetadataReader : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void mergesEverything();
    void titlesByNameAtLeast();
    void aBrokenSidecarIsItsOwnProblem();
    void aBrokenModelStillHasSidecars();
    void reportsAMissingModel();
    void canBeCancelled();
    void readsSidecarsOfTheModelAndHeaderOfItsFile();
};

void TestMetadataReader::mergesEverything()
{
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    folder.write(
        "x.civitai.info", R"({"model": {"name": "Website"}, "trainedWords": ["hat"], "baseModel": "SDXL 1.0"})");
    folder.write("x.json", R"({"notes": "mine", "sd version": "SDXL", "strange": 1})");
    folder.write("x.txt", "Text.");
    folder.write("x.vae.pt", "vae");
    folder.write("x.preview.png", "png");
    folder.write("y.json", R"({"notes": "of another model"})");
    const auto report = readModelMetadata({model, model}, {});
    VERIFY_RESULT(report);
    QCOMPARE(told(*report, Field::Title), std::string{R"("Header" header modelspec.title)"});
    QCOMPARE(report->metadata.find(Field::Title)->alternatives.size(), std::size_t{2}); // the website's, the name
    QCOMPARE(told(*report, Field::Notes), std::string{R"("mine" x.json)"});
    QCOMPARE(told(*report, Field::BaseModel), std::string{R"("SDXL" x.json)"});
    QCOMPARE(told(*report, Field::TriggerWords), std::string{R"(["hat"] x.civitai.info)"});
    QCOMPARE(told(*report, Field::Description), std::string{R"("Text." x.txt)"});
    QCOMPARE(told(*report, Field::NetworkDim), std::string{"16 header ss_network_dim"});
    QCOMPARE(told(*report, Field::Vae), std::string{R"("x.vae.pt" x.vae.pt)"});
    QCOMPARE(report->preview->file.path, folder / "x.preview.png");
    QCOMPARE(report->sidecars.size(), std::size_t{3});
    QCOMPARE(report->metadata.unknown.size(), std::size_t{1});
    QCOMPARE(report->metadata.unknown[0].name, std::string{"strange"});
    QCOMPARE(report->header.at("modelspec.title"), std::string{"Header"});
    QVERIFY(!report->headerProblem && !report->folderProblem);
}

void TestMetadataReader::titlesByNameAtLeast()
{
    const TemporaryFolder folder;
    const fs::path model = folder.write("plain\xff.safetensors", SafetensorsBuilder().tensor("a", "F16", {2}).build());
    const auto report = readModelMetadata({model, model}, {});
    VERIFY_RESULT(report);
    QCOMPARE(told(*report, Field::Title), std::string{"\"plain\xef\xbf\xbd\" file name"});
    QCOMPARE(report->metadata.fields.size(), std::size_t{1});
    QVERIFY(!report->preview);
}

void TestMetadataReader::aBrokenSidecarIsItsOwnProblem()
{
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    folder.write("x.json", R"({"notes": NaN})");
    folder.write("x.metadata.json", R"({"notes": "whole"})");
    fs::create_symlink("nothing", folder / "x.cm-info.json");
    const auto report = readModelMetadata({model, model}, {});
    VERIFY_RESULT(report);
    QCOMPARE(told(*report, Field::Notes), std::string{R"("whole" x.metadata.json)"});
    QCOMPARE(report->sidecars.size(), std::size_t{3});
    QCOMPARE(report->sidecars[0].problem->code, ErrorCode::InvalidJson);
    QVERIFY(!report->sidecars[1].problem);
    QCOMPARE(report->sidecars[2].problem->code, ErrorCode::NotRegularFile);
    QVERIFY(!report->headerProblem);
}

void TestMetadataReader::aBrokenModelStillHasSidecars()
{
    const TemporaryFolder folder;
    const fs::path model = folder.write("x.safetensors", "<!doctype html>");
    folder.write("x.json", R"({"notes": "download again"})");
    const auto report = readModelMetadata({model, model}, {});
    VERIFY_RESULT(report);
    QCOMPARE(report->headerProblem->code, ErrorCode::InvalidFormat);
    QVERIFY(report->header.empty());
    QCOMPARE(told(*report, Field::Notes), std::string{R"("download again" x.json)"});
}

void TestMetadataReader::reportsAMissingModel()
{
    const TemporaryFolder folder;
    folder.write("x.json", "{}");
    VERIFY_ERROR(readModelMetadata({folder / "x.safetensors", folder / "x.safetensors"}, {}), ErrorCode::NotFound);
}

void TestMetadataReader::canBeCancelled()
{
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    folder.write("x.json", "{}");
    std::stop_source stop;
    stop.request_stop();
    VERIFY_ERROR(readModelMetadata({model, model}, stop.get_token()), ErrorCode::Cancelled);
}

void TestMetadataReader::readsSidecarsOfTheModelAndHeaderOfItsFile()
{
    // A model in several files: named by one path, and the header stands in another.
    const TemporaryFolder folder;
    const fs::path header = writeModel(folder, "x-00001-of-00002.safetensors");
    folder.write("x.json", R"({"notes": "of the whole"})");
    const auto report = readModelMetadata({folder / "x.safetensors", header}, {});
    VERIFY_RESULT(report);
    QCOMPARE(told(*report, Field::Notes), std::string{R"("of the whole" x.json)"});
    QCOMPARE(told(*report, Field::Title), std::string{R"("Header" header modelspec.title)"});
}

QTEST_APPLESS_MAIN(TestMetadataReader)
#include "test_metadata_reader.moc"
