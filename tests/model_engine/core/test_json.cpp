// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/json.h"

#include "tests/support/verify_result.h"

#include <QTest>

#include <cmath>

using namespace weightroom::engine;

namespace {

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

} // namespace

class TestJson : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void reads_data();
    void reads();
    void refuses_data();
    void refuses();
    void namesTheDuplicate();
    void boundsDepth();
    void boundsSize();
    void keepsIntegersExact();
    void keepsTheOrderOfMembers();
    void writesWhatIsNotUtf8();
    void writesReadableText();
    void writesErrorsWithTheirContext();
    void leavesUnknownContextOut();
};

void TestJson::reads_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<std::string>("written");
    const auto row = [](const char* name, std::string text, std::string written) {
        QTest::newRow(name) << std::move(text) << std::move(written);
    };
    row("empty object", "{}", "{}");
    row("lonely number", "5", "5");
    row("lonely text", "\"x\"", "\"x\"");
    row("null", "null", "null");
    row("white space around", " \t\r\n[1 , 2]\n", "[1,2]");
    row("all kinds", R"({"a":[true,false,null,-1,1.5,"t"],"b":{"c":{}}})",
        R"({"a":[true,false,null,-1,1.5,"t"],"b":{"c":{}}})");
    row("escapes", R"(["\u0041\n\"\\\/\ud83d\ude00"])", "[\"A\\n\\\"\\\\/\xf0\x9f\x98\x80\"]");
    row("same key in two objects", R"([{"a":1},{"a":2}])", R"([{"a":1},{"a":2}])");
    row("keys that differ in case", R"({"a":1,"A":2})", R"({"a":1,"A":2})");
}

void TestJson::reads()
{
    QFETCH(std::string, text);
    QFETCH(std::string, written);
    const auto value = parseJson(text);
    VERIFY_RESULT(value);
    QCOMPARE(writeJson(*value), written);
}

void TestJson::refuses_data()
{
    QTest::addColumn<std::string>("text");
    const auto row = [](const char* name, std::string text) { QTest::newRow(name) << std::move(text); };
    row("empty", "");
    row("white space", " \n");
    row("byte order mark", "\xef\xbb\xbf{}");
    row("trailing junk", "{} x");
    row("two documents", "{}{}");
    row("trailing NUL", std::string{"{}\0", 3});
    row("trailing comma in object", R"({"a":1,})");
    row("trailing comma in list", "[1,]");
    row("missing value", "[1,,2]");
    row("NaN", "NaN");
    row("infinity", "[Infinity]");
    row("number too large", "1e999");
    row("integer of 65 bits", "18446744073709551616");
    row("integer below 64 bits", "-9223372036854775809");
    row("leading zero", "01");
    row("leading plus", "+1");
    row("hexadecimal", "0x1");
    row("no digit behind point", "1.");
    row("no digit before point", ".5");
    row("single quotes", "{'a':1}");
    row("bare key", "{a:1}");
    row("comment", "{/**/}");
    row("duplicate key", R"({"a":1,"a":1})");
    row("duplicate key escaped", R"({"a":1,"\u0061":2})");
    row("duplicate key deep", R"([{"x":{"a":1,"b":2,"a":3}}])");
    row("not UTF-8", "[\"\xff\"]");
    row("overlong", "[\"\xc0\x80\"]");
    row("lone surrogate", R"(["\ud800"])");
    row("raw newline in text", "[\"\n\"]");
    row("bad escape", R"(["\x41"])");
    row("unclosed", "{\"a\":[1");
    row("closed wrongly", "[1}");
    row("100,000 levels", nested(100'000));
    row("100,000 levels unclosed", std::string(100'000, '['));
    row("100,000 objects", [] {
        std::string text;
        for (int i = 0; i < 100'000; ++i)
            text += "{\"a\":";
        return text;
    }());
}

void TestJson::refuses()
{
    QFETCH(std::string, text);
    const auto value = parseJson(text);
    VERIFY_ERROR(value, ErrorCode::InvalidJson);
    QVERIFY(!value.error().detail.empty());
}

void TestJson::namesTheDuplicate()
{
    const auto value = parseJson(R"({"model_id":"x","model_id":"y"})");
    VERIFY_ERROR(value, ErrorCode::InvalidJson);
    QVERIFY(value.error().detail.find("'model_id'") != std::string::npos);
}

void TestJson::boundsDepth()
{
    VERIFY_RESULT(parseJson(nested(64)));
    VERIFY_ERROR(parseJson(nested(65)), ErrorCode::InvalidJson);
    const JsonLimits shallow{.maxDepth = 1};
    VERIFY_RESULT(parseJson("[1]", shallow));
    VERIFY_RESULT(parseJson("{}", shallow));
    VERIFY_ERROR(parseJson("[[]]", shallow), ErrorCode::InvalidJson);
    VERIFY_ERROR(parseJson("[{}]", shallow), ErrorCode::InvalidJson);
}

void TestJson::boundsSize()
{
    const JsonLimits limits{.maxBytes = 10};
    VERIFY_RESULT(parseJson("[1,2,3,45]", limits));
    const auto value = parseJson("[1,2,3,456]", limits);
    VERIFY_ERROR(value, ErrorCode::InvalidJson);
    QVERIFY(
        value.error().detail.find("11") != std::string::npos && value.error().detail.find("10") != std::string::npos);
    VERIFY_ERROR(parseJson(std::string_view{}), ErrorCode::InvalidJson);
}

void TestJson::keepsIntegersExact()
{
    const auto value = parseJson("[9007199254740993,18446744073709551615,-9223372036854775808,9223372036854775808]");
    VERIFY_RESULT(value);
    QCOMPARE(value->at(0).get<std::uint64_t>(), 9007199254740993ULL);
    QCOMPARE(value->at(1).get<std::uint64_t>(), ~0ULL);
    QCOMPARE(value->at(2).get<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
    QVERIFY(value->at(3).is_number_unsigned());
    QCOMPARE(writeJson(*value),
        std::string{"[9007199254740993,18446744073709551615,-9223372036854775808,9223372036854775808]"});
}

void TestJson::keepsTheOrderOfMembers()
{
    const auto value = parseJson(R"({"z":1,"a":2,"m":3})");
    VERIFY_RESULT(value);
    QCOMPARE(writeJson(*value), std::string{R"({"z":1,"a":2,"m":3})"});
    QCOMPARE(value->at("m").get<int>(), 3);
}

void TestJson::writesWhatIsNotUtf8()
{
    const std::string text = writeJson(Json{{"name",
        "gr\xf6\xdf"
        "e"}});
    QCOMPARE(text,
        std::string{"{\"name\":\"gr\xEF\xBF\xBD\xEF\xBF\xBD"
                    "e\"}"});
    VERIFY_RESULT(parseJson(text));
    QCOMPARE(writeJson(Json{{"rate", std::nan("")}}), std::string{R"({"rate":null})"});
}

void TestJson::writesReadableText() { QCOMPARE(writeJson(Json{{"a", 1}}, 2), std::string{"{\n  \"a\": 1\n}"}); }

void TestJson::writesErrorsWithTheirContext()
{
    const Error error{ErrorCode::OutOfDeviceMemory, "no room for 'unet\xff'",
        {.modelId = {"sdxl-1"},
            .componentId = {"unet"},
            .deviceId = {"GPU_0"},
            .operation = "post_model_load",
            .field = "device_id",
            .path = "/models/x",
            .required = Bytes{7},
            .available = Bytes{5},
            .holder = "ComfyUI (process 4711)",
            .memoryType = "vram",
            .systemCode = 2,
            .feature = Feature::DirectIo}};
    const auto document = parseJson(writeJson(toJson(error)));
    VERIFY_RESULT(document);
    QCOMPARE(document->at("code").get<std::string>(), std::string{"out_of_device_memory"});
    QCOMPARE(document->at("error_class").get<std::string>(), std::string{"memory"});
    QCOMPARE(document->at("severity").get<std::string>(), std::string{"error"});
    QCOMPARE(document->at("recovery").get<std::string>(), std::string{"free_memory"});
    QVERIFY(document->at("recoverable").get<bool>());
    QCOMPARE(document->at("message").get<std::string>(), std::string{"no room for 'unet\xEF\xBF\xBD'"});
    QCOMPARE(document->at("model_id").get<std::string>(), std::string{"sdxl-1"});
    QCOMPARE(document->at("component_id").get<std::string>(), std::string{"unet"});
    QCOMPARE(document->at("device_id").get<std::string>(), std::string{"GPU_0"});
    QCOMPARE(document->at("operation").get<std::string>(), std::string{"post_model_load"});
    QCOMPARE(document->at("field").get<std::string>(), std::string{"device_id"});
    QCOMPARE(document->at("path").get<std::string>(), std::string{"/models/x"});
    QCOMPARE(document->at("holder").get<std::string>(), std::string{"ComfyUI (process 4711)"});
    QCOMPARE(errorFromJson(*document).context.holder, std::string{"ComfyUI (process 4711)"});
    QCOMPARE(document->at("memory_type").get<std::string>(), std::string{"vram"});
    QCOMPARE(document->at("required_bytes").get<int>(), 7);
    QCOMPARE(document->at("available_bytes").get<int>(), 5);
    QCOMPARE(document->at("system_code").get<int>(), 2);
    QCOMPARE(document->at("feature").get<std::string>(), std::string{"direct_io"});
    QVERIFY(errorFromJson(*document).context.feature == Feature::DirectIo);
    QVERIFY(errorFromJson({{"code", "io_error"}, {"feature", "of_later"}}).context.feature == Feature::None);
}

void TestJson::leavesUnknownContextOut()
{
    const Json document = toJson(Error{ErrorCode::Internal, "x"});
    for (const char* key : {"model_id", "component_id", "device_id", "operation", "field", "path", "memory_type",
             "required_bytes", "available_bytes", "system_code", "feature"})
        QVERIFY2(!document.contains(key), key);
    QVERIFY(!document.at("recoverable").get<bool>());
}

QTEST_APPLESS_MAIN(TestJson)
#include "test_json.moc"
