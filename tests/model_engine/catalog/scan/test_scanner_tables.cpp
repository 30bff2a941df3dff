// SPDX-License-Identifier: GPL-3.0-or-later
//
// A scan parses each text of tensors once. What it says of a file must be what it says of the file alone.
#include "model_engine/catalog/store/record_codec.h"
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// A LoRA whose layer leaves its base open.
SafetensorsBuilder openLora()
{
    SafetensorsBuilder builder;
    builder.tensor("lora_unet_x.lora_down.weight", "F16", {4, 320})
        .tensor("lora_unet_x.lora_up.weight", "F16", {320, 4});
    return builder;
}

std::string withBase(const char* base) { return openLora().metadata("ss_base_model_version", base).build(); }

/// The text of openLora() with another value of its metadata, and its data.
std::string withMetadata(const std::string& value)
{
    const std::string header = openLora().header();
    const std::string data(2 * 4 * 320 * 2, 'd');
    return safetensorsFile("{\"__metadata__\":" + value + "," + header.substr(1), data);
}

/// Behind the tensors, where no writer puts them.
std::string withMetadataLast(const std::string& value)
{
    const std::string header = openLora().header();
    const std::string data(2 * 4 * 320 * 2, 'd');
    return safetensorsFile(header.substr(0, header.size() - 1) + ",\"__metadata__\":" + value + "}", data);
}

/// Everything but the path and the times.
std::vector<std::uint8_t> contentOf(const ModelRecord& record)
{
    ModelRecord copy = record;
    copy.placement = {};
    return encodeRecord(copy);
}

/// Scans a file after others whose tensors are described alike, with one thread so that they come first.
ModelRecordPtr scannedAfter(
    const TemporaryFolder& folder, const std::vector<std::string>& others, const std::string& last)
{
    for (std::size_t i = 0; i < others.size(); ++i)
        folder.write("a" + std::to_string(i) + ".safetensors", others[i]);
    folder.write("z.safetensors", last);
    ScanRequest request = requestFor(folder.path());
    request.threads = 1;
    const auto result = scanNow(request);
    return result && result->models.size() == others.size() + 1 ? result->models.back() : nullptr;
}

} // namespace

class TestScannerTables : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void saysOfAFileWhatItSaysOfItAlone_data();
    void saysOfAFileWhatItSaysOfItAlone();
    void readsTheMetadataOfEachFile();
    void givesEqualFilesOneContentKey();
    void checksTheSizeOfEachFile();
};

void TestScannerTables::saysOfAFileWhatItSaysOfItAlone_data()
{
    QTest::addColumn<QByteArray>("content");
    const auto row = [](const char* name, const std::string& content) {
        QTest::newRow(name) << QByteArray{content.data(), static_cast<qsizetype>(content.size())};
    };
    row("no metadata", openLora().build());
    row("other metadata", withBase("sd_v1"));
    row("many metadata", openLora().metadata("a", std::string(10'000, 'x')).metadata("b", "}\"").build());
    row("metadata are empty", withMetadata("{}"));
    row("metadata are null", withMetadata("null"));
    row("metadata hold a number", withMetadata("{\"a\":1}"));
    row("metadata hold an object", withMetadata("{\"a\":{}}"));
    row("a key stands twice", withMetadata("{\"a\":\"\",\"a\":\"\"}"));
    row("metadata are no JSON", withMetadata("{\"a\"}"));
    row("metadata are not UTF-8", withMetadata("{\"a\":\"\xff\"}"));
    row("metadata stand twice", withMetadata("{},\"__metadata__\":{}"));
    row("a comma too many", withMetadata("{},"));
    row("metadata are last", withMetadataLast("{\"ss_base_model_version\":\"sd_v1\"}"));
    row("metadata are last and empty", withMetadataLast("{}"));
    row("a mark of quantization", withMetadata("{\"_quantization_metadata\":\"{}\"}"));
    row("ends early", withBase("sd_v1").substr(0, 600));
    row("one byte less", withBase("sd_v1").substr(0, withBase("sd_v1").size() - 1));
    row("one byte more", withBase("sd_v1") + "x");
    row("other tensors", loraModel());
    row("no safetensors", "GGUF and no more");
}

void TestScannerTables::saysOfAFileWhatItSaysOfItAlone()
{
    QFETCH(QByteArray, content);
    const TemporaryFolder folder;
    const auto scanned = scannedAfter(folder,
        {openLora().build(), withBase("sdxl_"), withMetadataLast("{}"), withMetadataLast("{\"a\":\"b\"}"),
            withMetadata("{}")},
        content.toStdString());
    QVERIFY(scanned);
    const ModelRecordPtr alone = examineFile(folder.path() / "z.safetensors");
    QVERIFY(contentOf(*scanned) == contentOf(*alone));
    QCOMPARE(QString::fromStdString(scanned->contentKey.text), QString::fromStdString(alone->contentKey.text));
    QCOMPARE(scanned->problem.has_value(), alone->problem.has_value());
    if (alone->problem)
        QCOMPARE(QString::fromStdString(scanned->problem->detail), QString::fromStdString(alone->problem->detail));
}

void TestScannerTables::readsTheMetadataOfEachFile()
{
    const TemporaryFolder folder;
    folder.write("a.safetensors", withBase("sdxl_base_v1-0"));
    folder.write("b.safetensors", withBase("sd_v1"));
    folder.write("c.safetensors", openLora().metadata("format", "pt").build());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(result->models.at(0)->identified.architecture, Architecture::Sdxl);
    QCOMPARE(result->models.at(1)->identified.architecture, Architecture::Sd1);
    QCOMPARE(result->models.at(2)->identified.architecture, Architecture::Unknown);
}

/// The key does not depend on the length of the metadata, but for the size of the file.
void TestScannerTables::givesEqualFilesOneContentKey()
{
    const TemporaryFolder folder;
    folder.write("a.safetensors", withBase("sdxl_base"));
    folder.write("b.safetensors", withBase("sdxl_base"));
    folder.write("c.safetensors", withBase("sd_v1_and"));
    folder.write("d.safetensors", withBase("sd_v1"));
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    const auto key = [&result](std::size_t model) { return result->models.at(model)->contentKey; };
    QVERIFY(!key(0).empty());
    QVERIFY(key(0) == key(1));
    QVERIFY(key(0) == key(2));
    QVERIFY(key(0) != key(3));
}

void TestScannerTables::checksTheSizeOfEachFile()
{
    const TemporaryFolder folder;
    const std::string content = openLora().build();
    const auto truncated = scannedAfter(folder, {content}, content.substr(0, content.size() - 1));
    QVERIFY(truncated && truncated->problem);
    QCOMPARE(truncated->problem->code, ErrorCode::FileTruncated);
    const TemporaryFolder other;
    const auto longer = scannedAfter(other, {content}, content + "x");
    QVERIFY(longer && longer->problem);
    QCOMPARE(longer->problem->code, ErrorCode::InvalidFormat);
}

QTEST_APPLESS_MAIN(TestScannerTables)
#include "test_scanner_tables.moc"
