// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/safetensors/safetensors_header.h"
#include "model_engine/formats/safetensors/safetensors_plain_table.h"
#include "model_engine/formats/safetensors/safetensors_text.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>

using namespace weightroom::engine;
using weightroom::test::SafetensorsBuilder;

namespace {

QString text(std::string_view view) { return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size())); }

bool areEqual(const TensorEntry& a, const TensorEntry& b)
{
    return a.name == b.name && a.dtype == b.dtype && a.shape == b.shape && a.range == b.range;
}

/// By the parser of JSON: a space in front is no usual form.
Result<SafetensorsHeader> parseAsJson(const std::string& json)
{
    const std::string padded = " " + json + std::string(kSafetensorsReadAhead, ' ');
    return parseSafetensorsHeader(std::string_view{padded}.substr(0, json.size() + 1));
}

std::string manyForms()
{
    return SafetensorsBuilder()
        .metadata("format", "pt")
        .metadata("a \"quoted\" {brace}", "back\\slash\\")
        .tensor("first.weight", "F16", {2, 3})
        .tensor("second.weight", "BF16", {10, 1, 1})
        .tensor("empty", "F32", {0, 4})
        .tensor("scalar", "I64", {})
        .header();
}

} // namespace

class TestSafetensorsText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cutsATextInTwo_data();
    void cutsATextInTwo();
    void readsThePlainForm();
    void leavesOtherFormsToTheParser_data();
    void leavesOtherFormsToTheParser();
    void neverReadsWhatTheParserDoesNot();
};

void TestSafetensorsText::cutsATextInTwo_data()
{
    QTest::addColumn<QString>("json");
    QTest::addColumn<bool>("isCut");
    QTest::addColumn<QString>("metadata");
    QTest::addColumn<QString>("tensors");
    const auto row = [](const char* name, const char* json, const char* metadata, const char* tensors) {
        QTest::newRow(name) << json << true << metadata << tensors;
    };
    const auto other = [](const char* name, const char* json) {
        QTest::newRow(name) << json << false << ""
                            << "";
    };
    row("without", R"({"a":{}})", "", R"("a":{}})");
    row("with", R"({"__metadata__":{"x":"y"},"a":{}})", R"({"x":"y"})", R"("a":{}})");
    row("empty", R"({"__metadata__":{},"a":{}})", "{}", R"("a":{}})");
    row("brace in a text", R"({"__metadata__":{"x":"}"},"a":{}})", R"({"x":"}"})", R"("a":{}})");
    row("escaped quote", R"({"__metadata__":{"x":"\"}"},"a":{}})", R"({"x":"\"}"})", R"("a":{}})");
    row("escaped backslash", R"({"__metadata__":{"x":"\\"},"a":{}})", R"({"x":"\\"})", R"("a":{}})");
    row("behind a tensor", R"({"a":{},"__metadata__":{}})", "", R"("a":{},"__metadata__":{}})");
    row("null", R"({"__metadata__":null,"a":{}})", "", R"("__metadata__":null,"a":{}})"); // a member like any other
    other("no tensor", R"({"__metadata__":{}})");
    other("comma and nothing", R"({"__metadata__":{},})");
    other("never ends", R"({"__metadata__":{"x":"y")");
    other("text never ends", R"({"__metadata__":{"x":"y},"a":{}})");
    other("ends with a backslash", R"({"__metadata__":{"x":"\)");
    other("space in front", R"( {"a":{}})");
    other("space within", R"({ "a":{}})");
    other("empty object", "{}");
    other("nothing", "");
}

void TestSafetensorsText::cutsATextInTwo()
{
    QFETCH(QString, json);
    const std::string whole = json.toStdString();
    const auto parts = partsOf(whole);
    QTEST(parts.has_value(), "isCut");
    QTEST(text(parts ? parts->metadata : ""), "metadata");
    QTEST(text(parts ? parts->tensors : ""), "tensors");
}

void TestSafetensorsText::readsThePlainForm()
{
    const std::string json = manyForms();
    const auto parts = partsOf(json);
    QVERIFY(parts);
    const auto plain = readPlainTable(parts->tensors);
    const auto parsed = parseAsJson(json);
    VERIFY_RESULT(parsed);
    QVERIFY(plain);
    QCOMPARE(plain->size(), std::size_t{4});
    QVERIFY(std::ranges::equal(*plain, parsed->tensors, areEqual));
    QVERIFY(readPlainTable(std::string{parts->tensors} + "   ")); // writers fill up with spaces
}

void TestSafetensorsText::leavesOtherFormsToTheParser_data()
{
    QTest::addColumn<QString>("tensors");
    const auto row = [](const char* name, const char* tensors) { QTest::newRow(name) << tensors; };
    row("nothing", "");
    row("brace", "}");
    row("comma", R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},})");
    row("space", R"("a": {"dtype":"U8","shape":[1],"data_offsets":[0,1]}})");
    row("line", "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}\n");
    row("more behind", R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}})");
    row("escape", R"("\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})");
    row("not ASCII", "\"\xc3\xa4\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}");
    row("control character", "\"a\tb\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}");
    row("other order", R"("a":{"shape":[1],"dtype":"U8","data_offsets":[0,1]}})");
    row("more fields", R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})");
    row("unknown type", R"("a":{"dtype":"X8","shape":[1],"data_offsets":[0,1]}})");
    row("no type", R"("a":{"dtype":"","shape":[1],"data_offsets":[0,1]}})");
    row("zero in front", R"("a":{"dtype":"U8","shape":[01],"data_offsets":[0,1]}})");
    row("negative", R"("a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})");
    row("fraction", R"("a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}})");
    row("no number", R"("a":{"dtype":"U8","shape":[,1],"data_offsets":[0,1]}})");
    row("long number", R"("a":{"dtype":"U8","shape":[1000000000000000000],"data_offsets":[0,1000000000000000000]}})");
    row("turned around", R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})");
    row("wrong size", R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}})");
    row("overflow", R"("a":{"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]}})");
    row("metadata", R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"__metadata__":{}})");
    row("twice",
        R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})");
}

void TestSafetensorsText::leavesOtherFormsToTheParser()
{
    QFETCH(QString, tensors);
    QVERIFY(!readPlainTable(tensors.toStdString()));
}

/// Every byte of a header, changed into characters that mean something: whatever is read, the parser reads as well.
void TestSafetensorsText::neverReadsWhatTheParserDoesNot()
{
    const std::string json = manyForms();
    std::size_t both = 0;
    for (std::size_t at = 0; at < json.size(); ++at) {
        for (const char character : std::string_view{"\"\\{}[],:0129 aF\n\xff"}) {
            std::string changed = json;
            changed[at] = character;
            const auto parts = partsOf(changed);
            const auto plain = parts ? readPlainTable(parts->tensors) : std::nullopt;
            const std::string metadata = parts ? std::string{parts->metadata} : std::string{};
            const std::string padded = metadata + std::string(kSafetensorsReadAhead, ' ');
            const auto fields = parseSafetensorsMetadata(std::string_view{padded}.substr(0, metadata.size()));
            if (!plain || !fields)
                continue;
            const auto parsed = parseAsJson(changed);
            QVERIFY2(parsed, changed.c_str());
            QVERIFY2(std::ranges::equal(*plain, parsed->tensors, areEqual), changed.c_str());
            QVERIFY2(*fields == parsed->metadata, changed.c_str());
            ++both;
        }
    }
    QVERIFY(both > 100); // names and values may change
}

QTEST_APPLESS_MAIN(TestSafetensorsText)
#include "test_safetensors_text.moc"
