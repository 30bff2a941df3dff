// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/metadata_reader.h"
#include "model_engine/catalog/metadata/sidecars/sidecar_writer.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <limits>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

using Field = MetadataField;
using Changes = std::vector<MetadataChange>;

std::string contentOf(const fs::path& path) { return readSmallFile(path, kMiB * 4).value_or("(not readable)"); }

fs::path writeModel(const TemporaryFolder& folder)
{
    return folder.write("x.safetensors", SafetensorsBuilder().tensor("a", "F16", {2}).build());
}

std::string readBack(const fs::path& model, Field field)
{
    const auto report = readModelMetadata({model, model}, {});
    const MetadataValue* value = report ? report->metadata.find(field) : nullptr;
    return value == nullptr ? "-" : writeJson(value->value) + " " + value->source;
}

} // namespace

class TestSidecarWriter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void writesWhatIsReadBack_data();
    void writesWhatIsReadBack();
    void makesANewFile();
    void keepsUnknownFieldsByteByByte();
    void takesANoteAway();
    void writesNothingWithoutAChange();
    void refusesWrongTypes_data();
    void refusesWrongTypes();
    void refusesOtherFieldsAndDialects();
    void leavesABrokenFileAlone_data();
    void leavesABrokenFileAlone();
    void leavesALinkAlone();
    void makesNoFileOfOtherPrograms();
    void needsAModel();
    void keepsTheOldFileWhenTheDiskIsFull();
};

void TestSidecarWriter::writesWhatIsReadBack_data()
{
    QTest::addColumn<SidecarDialect>("dialect");
    QTest::addColumn<std::string>("before");
    QTest::addColumn<Field>("field");
    QTest::addColumn<Json>("value");
    QTest::addColumn<std::string>("expected");
    const auto row = [](SidecarDialect dialect, Field field, const Json& value, const std::string& expected) {
        QTest::newRow((std::string{toText(dialect)} + " " + std::string{toText(field)}).c_str())
            << dialect << std::string{R"({"old": 1})"} << field << value << expected;
    };
    row(SidecarDialect::A1111, Field::Notes, "a \"note\"\n<b>", R"("a \"note\"\n<b>" x.json)");
    row(SidecarDialect::A1111, Field::Description, "caf\xc3\xa9", "\"caf\xc3\xa9\" x.json");
    row(SidecarDialect::A1111, Field::TriggerWords, Json::array({"hat", "cat"}), R"(["hat, cat"] x.json)");
    row(SidecarDialect::A1111, Field::PreferredWeight, 0.75, "0.75 x.json");
    row(SidecarDialect::A1111, Field::NegativeText, "blurry", R"("blurry" x.json)");
    row(SidecarDialect::A1111, Field::BaseModel, "SDXL", R"("SDXL" x.json)");
    row(SidecarDialect::A1111, Field::Vae, "a.vae.pt", R"("a.vae.pt" x.json)");
    row(SidecarDialect::LoraManager, Field::Notes, "a", R"("a" x.metadata.json)");
    row(SidecarDialect::LoraManager, Field::Tags, Json::array({"a", "b"}), R"(["a","b"] x.metadata.json)");
    row(SidecarDialect::LoraManager, Field::Favorite, true, "true x.metadata.json");
    row(SidecarDialect::StabilityMatrix, Field::Title, "Mine", R"("Mine" x.cm-info.json)");
}

void TestSidecarWriter::writesWhatIsReadBack()
{
    QFETCH(SidecarDialect, dialect);
    QFETCH(std::string, before);
    QFETCH(Field, field);
    QFETCH(Json, value);
    QFETCH(std::string, expected);
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    const fs::path sidecar = folder.write(sidecarPath("x.sft", dialect), before);
    VERIFY_RESULT(changeSidecar(model, dialect, Changes{{field, value}}));
    QCOMPARE(readBack(model, field), expected);
    QVERIFY(contentOf(sidecar).starts_with(R"({"old": 1,)"));
    QCOMPARE(folder.entries().size(), std::size_t{2}); // nothing else is left
}

void TestSidecarWriter::makesANewFile()
{
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    VERIFY_RESULT(
        changeSidecar(model, SidecarDialect::A1111, Changes{{Field::Notes, "a"}, {Field::PreferredWeight, 1}}));
    QCOMPARE(contentOf(folder / "x.json"), std::string{"{\n    \"notes\": \"a\",\n    \"preferred weight\": 1\n}"});
}

void TestSidecarWriter::keepsUnknownFieldsByteByByte()
{
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    const std::string head = "\xef\xbb\xbf{\r\n\t\"zzz\" : 1.50E+1,\r\n\t\"\\u0061\\/b\": [ ] ,\r\n\t\"notes\": ";
    const std::string tail = ",\r\n\t\"big\": 12345678901234567890 ,\r\n\t\"caf\\u00e9\": {\"notes\":\"x\"}\r\n}\r\n";
    folder.write("x.json", head + "\"old\"" + tail);
    VERIFY_RESULT(changeSidecar(model, SidecarDialect::A1111, Changes{{Field::Notes, "new"}}));
    QCOMPARE(contentOf(folder / "x.json"), head + "\"new\"" + tail);
}

void TestSidecarWriter::takesANoteAway()
{
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    folder.write("x.json", R"({"notes": "a", "other": 5})");
    VERIFY_RESULT(changeSidecar(model, SidecarDialect::A1111, Changes{{Field::Notes, std::nullopt}}));
    QCOMPARE(contentOf(folder / "x.json"), std::string{R"({ "other": 5})"});
}

void TestSidecarWriter::writesNothingWithoutAChange()
{
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    const fs::path sidecar = folder.write("x.JSON", R"({"notes": "a"})"); // found whatever its case
    const auto before = InputFile::open(sidecar)->identity();
    VERIFY_RESULT(changeSidecar(model, SidecarDialect::A1111, Changes{{Field::Notes, "a"}}));
    QVERIFY(InputFile::open(sidecar)->identity() == before);
    VERIFY_RESULT(changeSidecar(model, SidecarDialect::A1111, Changes{{Field::Notes, "b"}}));
    QCOMPARE(contentOf(sidecar), std::string{R"({"notes": "b"})"});
    QCOMPARE(folder.entries().size(), std::size_t{2});
}

void TestSidecarWriter::refusesWrongTypes_data()
{
    QTest::addColumn<SidecarDialect>("dialect");
    QTest::addColumn<Field>("field");
    QTest::addColumn<Json>("value");
    QTest::newRow("a number as a note") << SidecarDialect::A1111 << Field::Notes << Json(5);
    QTest::newRow("null as a note") << SidecarDialect::A1111 << Field::Notes << Json(nullptr);
    QTest::newRow("not UTF-8") << SidecarDialect::A1111 << Field::Notes << Json("\xff");
    QTest::newRow("not UTF-8 in a list") << SidecarDialect::A1111 << Field::TriggerWords << Json::array({"\xff"});
    QTest::newRow("a text as words") << SidecarDialect::A1111 << Field::TriggerWords << Json("hat");
    QTest::newRow("a text as weight") << SidecarDialect::A1111 << Field::PreferredWeight << Json("0.5");
    QTest::newRow("NaN") << SidecarDialect::A1111 << Field::PreferredWeight
                         << Json(std::numeric_limits<double>::quiet_NaN());
    QTest::newRow("infinity") << SidecarDialect::A1111 << Field::PreferredWeight
                              << Json(std::numeric_limits<double>::infinity());
    QTest::newRow("numbers as tags") << SidecarDialect::LoraManager << Field::Tags << Json::array({1});
    QTest::newRow("a text as favorite") << SidecarDialect::LoraManager << Field::Favorite << Json("true");
}

void TestSidecarWriter::refusesWrongTypes()
{
    QFETCH(SidecarDialect, dialect);
    QFETCH(Field, field);
    QFETCH(Json, value);
    const TemporaryFolder folder;
    const auto changed = changeSidecar(writeModel(folder), dialect, Changes{{field, value}});
    VERIFY_ERROR(changed, ErrorCode::InvalidValue);
    QCOMPARE(changed.error().context.field, std::string{toText(field)});
    QCOMPARE(folder.entries().size(), std::size_t{1});
}

void TestSidecarWriter::refusesOtherFieldsAndDialects()
{
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    folder.write("x.civitai.info", "{}");
    const auto refused = [&](SidecarDialect dialect, Field field) {
        return unexpectedOutcome(changeSidecar(model, dialect, Changes{{field, "a"}}), ErrorCode::Unsupported);
    };
    QCOMPARE(refused(SidecarDialect::CivitaiInfo, Field::Notes), std::string{});
    QCOMPARE(refused(SidecarDialect::None, Field::Notes), std::string{});
    QCOMPARE(refused(SidecarDialect::A1111, Field::Author), std::string{});
    QCOMPARE(refused(SidecarDialect::A1111, Field::None), std::string{});
    QCOMPARE(refused(SidecarDialect::StabilityMatrix, Field::Notes), std::string{});
    QCOMPARE(contentOf(folder / "x.civitai.info"), std::string{"{}"});
}

void TestSidecarWriter::leavesABrokenFileAlone_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<ErrorCode>("expected");
    QTest::newRow("empty") << QByteArray() << ErrorCode::InvalidJson;
    QTest::newRow("cut off") << QByteArray(R"({"notes": "a")") << ErrorCode::InvalidJson;
    QTest::newRow("a list") << QByteArray("[]") << ErrorCode::InvalidFormat;
    QTest::newRow("a key twice") << QByteArray(R"({"notes": "a", "notes": "b"})") << ErrorCode::InvalidJson;
    QTest::newRow("too large") << QByteArray(3 << 20, ' ') << ErrorCode::InvalidValue;
}

void TestSidecarWriter::leavesABrokenFileAlone()
{
    QFETCH(QByteArray, content);
    QFETCH(ErrorCode, expected);
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    const fs::path sidecar = folder.write("x.json", content.toStdString());
    VERIFY_ERROR(changeSidecar(model, SidecarDialect::A1111, Changes{{Field::Notes, "b"}}), expected);
    QVERIFY(contentOf(sidecar) == content.toStdString());
    QCOMPARE(folder.entries().size(), std::size_t{2});
}

void TestSidecarWriter::leavesALinkAlone()
{
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    const fs::path target = folder.write("shared.json", R"({"notes": "a"})");
    fs::create_symlink("shared.json", folder / "x.json");
    VERIFY_ERROR(changeSidecar(model, SidecarDialect::A1111, Changes{{Field::Notes, "b"}}), ErrorCode::NotRegularFile);
    QVERIFY(fs::is_symlink(folder / "x.json"));
    QCOMPARE(contentOf(target), std::string{R"({"notes": "a"})"});
    fs::remove(target); // now it leads nowhere
    VERIFY_ERROR(changeSidecar(model, SidecarDialect::A1111, Changes{{Field::Notes, "b"}}), ErrorCode::NotRegularFile);
    QVERIFY(!fs::exists(target));
}

void TestSidecarWriter::makesNoFileOfOtherPrograms()
{
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    VERIFY_ERROR(changeSidecar(model, SidecarDialect::LoraManager, Changes{{Field::Notes, "a"}}), ErrorCode::NotFound);
    VERIFY_ERROR(
        changeSidecar(model, SidecarDialect::StabilityMatrix, Changes{{Field::Title, "a"}}), ErrorCode::NotFound);
    QCOMPARE(folder.entries().size(), std::size_t{1});
}

void TestSidecarWriter::needsAModel()
{
    const TemporaryFolder folder;
    const Changes changes{{Field::Notes, "a"}};
    VERIFY_ERROR(changeSidecar(folder / "x.safetensors", SidecarDialect::A1111, changes), ErrorCode::NotFound);
    VERIFY_ERROR(changeSidecar("/nowhere/at/all/x.sft", SidecarDialect::A1111, changes), ErrorCode::NotFound);
    QVERIFY(folder.entries().empty());
}

void TestSidecarWriter::keepsTheOldFileWhenTheDiskIsFull()
{
    const TemporaryFolder folder;
    const fs::path model = writeModel(folder);
    const std::string before = R"({"notes": "a"})";
    folder.write("x.json", before);
    {
        const FileSizeLimit limit{8};
        QVERIFY(!changeSidecar(model, SidecarDialect::A1111, Changes{{Field::Notes, "b"}}));
    }
    QCOMPARE(contentOf(folder / "x.json"), before);
    QCOMPARE(folder.entries().size(), std::size_t{2});
}

QTEST_APPLESS_MAIN(TestSidecarWriter)
#include "test_sidecar_writer.moc"
