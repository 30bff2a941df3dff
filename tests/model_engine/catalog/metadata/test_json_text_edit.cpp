// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/sidecars/json_text_edit.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <random>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

using Edits = std::vector<JsonMemberEdit>;

/// Numbers, escapes and white space as no writer of ours would write them.
const std::string kOdd = "  {\r\n\t\"a\" :1.50e+01 ,\t\"\\u0062\": \"\\u00e9\\/\\\"}\\\\\" ,\n"
                         "\"c\":[1 , {\"a\":\"]}\"},-0.0, null],\"d\":{ } , \"e\":true}\n\n";

} // namespace

class TestJsonTextEdit : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void edits_data();
    void edits();
    void leavesEveryOtherByte();
    void refusesWhatIsBroken_data();
    void refusesWhatIsBroken();
    void refusesToGrowBeyondTheLimit();
    void agreesWithAParser();
    void survivesMutations();
};

void TestJsonTextEdit::edits_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<Edits>("edits");
    QTest::addColumn<std::string>("expected");
    const auto row = [](const char* name, const std::string& text, const Edits& edits, const std::string& expected) {
        QTest::newRow(name) << text << edits << expected;
    };
    row("a value", R"({"a": 1, "b": 2})", {{"a", 3}}, R"({"a": 3, "b": 2})");
    row("the last value", R"({"a": 1, "b": 2})", {{"b", "x"}}, R"({"a": 1, "b": "x"})");
    row("an object as value", R"({"a": {"a": 1}, "b": 2})", {{"a", Json::array()}}, R"({"a": [], "b": 2})");
    row("only the outer member", R"({"x": {"a": 1}, "a": 2})", {{"a", 3}}, R"({"x": {"a": 1}, "a": 3})");
    row("an escaped key", R"({"\u0061": 1})", {{"a", 2}}, R"({"\u0061": 2})");
    row("a new member", R"({"a": 1})", {{"b", 2}}, R"({"a": 1,"b": 2})");
    row("a new member, indented", "{\n    \"a\": 1\n}", {{"b", 2}}, "{\n    \"a\": 1,\n    \"b\": 2\n}");
    row("a new member, compact", R"({"a":1})", {{"b", 2}}, R"({"a":1,"b":2})");
    row("into an empty object", "{}", {{"a", 1}, {"b", 2}}, "{\n    \"a\": 1,\n    \"b\": 2\n}");
    row("into an empty object with space", " {  } ", {{"a", 1}}, " {\n    \"a\": 1\n} ");
    row("remove the first", R"({"a": 1, "b": 2})", {{"a", std::nullopt}}, R"({ "b": 2})");
    row("remove the last", "{\n  \"a\": 1,\n  \"b\": 2\n}", {{"b", std::nullopt}}, "{\n  \"a\": 1\n}");
    row("remove the only one", "{\n  \"a\": 1\n}", {{"a", std::nullopt}}, "{}");
    row("remove what is not there", R"({"a": 1})", {{"b", std::nullopt}}, R"({"a": 1})");
    row("nothing", kOdd, {}, kOdd);
    row("remove and add", R"({"a":1})", {{"a", std::nullopt}, {"b", 2}}, "{\n    \"b\": 2\n}");
    row("twice the same", R"({"a": 1})", {{"a", 2}, {"a", 3}}, R"({"a": 3})");
    row("a key that needs escapes", "{}", {{"a\"\n", 1}}, "{\n    \"a\\\"\\n\": 1\n}");
}

void TestJsonTextEdit::edits()
{
    QFETCH(std::string, text);
    QFETCH(Edits, edits);
    QFETCH(std::string, expected);
    const auto edited = editJsonObject(text, edits, {});
    VERIFY_RESULT(edited);
    QCOMPARE(*edited, expected);
}

void TestJsonTextEdit::leavesEveryOtherByte()
{
    const auto edited = editJsonObject(kOdd, Edits{{"e", false}, {"f", "new"}, {"a", std::nullopt}}, {});
    VERIFY_RESULT(edited);
    const std::string kept =
        "\t\"\\u0062\": \"\\u00e9\\/\\\"}\\\\\" ,\n\"c\":[1 , {\"a\":\"]}\"},-0.0, null],\"d\":{ } ,";
    QCOMPARE(*edited, "  {" + kept + " \"e\":false, \"f\":\"new\"}\n\n");
}

void TestJsonTextEdit::refusesWhatIsBroken_data()
{
    QTest::addColumn<std::string>("text");
    QTest::addColumn<ErrorCode>("expected");
    QTest::newRow("empty") << std::string{} << ErrorCode::InvalidJson;
    QTest::newRow("cut off") << std::string{R"({"a": 1)"} << ErrorCode::InvalidJson;
    QTest::newRow("a key twice") << std::string{R"({"a": 1, "a": 2})"} << ErrorCode::InvalidJson;
    QTest::newRow("NaN") << std::string{R"({"a": NaN})"} << ErrorCode::InvalidJson;
    QTest::newRow("a list") << std::string{"[1]"} << ErrorCode::InvalidFormat;
    QTest::newRow("a text") << std::string{"\"a\""} << ErrorCode::InvalidFormat;
}

void TestJsonTextEdit::refusesWhatIsBroken()
{
    QFETCH(std::string, text);
    QFETCH(ErrorCode, expected);
    VERIFY_ERROR(editJsonObject(text, Edits{{"a", 1}}, {}), expected);
}

void TestJsonTextEdit::refusesToGrowBeyondTheLimit()
{
    const JsonLimits limits{.maxBytes = 64};
    VERIFY_RESULT(editJsonObject("{}", Edits{{"a", std::string(40, 'x')}}, limits));
    VERIFY_ERROR(editJsonObject("{}", Edits{{"a", std::string(64, 'x')}}, limits), ErrorCode::InvalidJson);
}

void TestJsonTextEdit::agreesWithAParser()
{
    // Random edits of random documents: what comes out reads as what was wanted.
    std::mt19937 random{20261125};
    const auto pick = [&random](std::uint32_t count) { return static_cast<std::uint32_t>(random() % count); };
    const std::vector<Json> values{nullptr, true, -1, 2.5, "", "\"},{\\", Json::array(), Json::array({1, "]"}),
        Json::object(), Json{{"a", Json{{"}", "{"}}}}};
    for (int round = 0; round < 2000; ++round) {
        Json document = Json::object();
        for (std::uint32_t i = pick(6); i > 0; --i)
            document["k" + std::to_string(pick(8))] = values[pick(static_cast<std::uint32_t>(values.size()))];
        std::string text = writeJson(document, static_cast<int>(pick(4)) - 1);
        Edits edits;
        for (std::uint32_t i = pick(4); i > 0; --i) {
            const std::string key = "k" + std::to_string(pick(8));
            edits.push_back({key, std::nullopt});
            document.erase(key);
            if (pick(3) == 0)
                continue;
            edits.push_back({key, values[pick(static_cast<std::uint32_t>(values.size()))]});
            document[key] = *edits.back().value;
        }
        const auto edited = editJsonObject(text, edits, {});
        VERIFY_RESULT(edited);
        QCOMPARE(writeJson(*parseJson(*edited)), writeJson(document));
    }
}

void TestJsonTextEdit::survivesMutations()
{
    // What is still valid after some bytes were changed is edited as it reads; the rest is refused.
    std::mt19937 random{1};
    const std::string bytes = "{}[],:\"\\ \n\t0e-.tfn\xc3";
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = kOdd;
        for (auto changes = random() % 4; changes > 0; --changes)
            text[random() % text.size()] = bytes[random() % bytes.size()];
        auto expected = parseJson(text);
        const auto edited = editJsonObject(text, Edits{{"new", 1}}, {});
        QCOMPARE(edited.has_value(), expected.has_value() && expected->is_object());
        if (!edited)
            continue;
        ++accepted;
        (*expected)["new"] = 1;
        QCOMPARE(writeJson(*parseJson(*edited)), writeJson(*expected));
    }
    QVERIFY(accepted > 1000);
}

QTEST_APPLESS_MAIN(TestJsonTextEdit)
#include "test_json_text_edit.moc"
