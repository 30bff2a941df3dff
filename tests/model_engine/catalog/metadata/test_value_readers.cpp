// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/tag_frequency.h"
#include "model_engine/catalog/metadata/value_readers.h"

#include <QTest>

#include <limits>

using namespace weightroom::engine;

namespace {

/// "not" for what is not of the kind, "nothing" for what says nothing, or else the value.
std::string outcome(ReadValue read, const Json& value)
{
    const auto result = read(value);
    if (!result)
        return "not";
    return result->is_null() ? "nothing" : writeJson(*result);
}

constexpr auto kHash = "6CE0161689B3853ACAA03779EC93EAFE75A02F4CED659BEE03F50797806FA2FA";
constexpr auto kHashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

} // namespace

class TestValueReaders : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void reads_data();
    void reads();
    void refusesWhatIsTooLong();
    void countsTags_data();
    void countsTags();
    void keepsTheMostFrequentTags();
};

void TestValueReaders::reads_data()
{
    QTest::addColumn<ReadValue>("read");
    QTest::addColumn<Json>("value");
    QTest::addColumn<std::string>("expected");
    const auto row = [](const char* name, ReadValue read, const Json& value, const std::string& expected) {
        QTest::newRow(name) << read << value << expected;
    };
    row("text", readText, " a <b>\n", R"("a <b>")");
    row("text: empty", readText, " \n", "nothing");
    row("text: Python's None", readText, "None", "nothing");
    row("text: null", readText, nullptr, "nothing");
    row("text: a number", readText, 5, "not");
    row("text: a list", readText, Json::array({"a"}), "not");

    row("integer", readInteger, -5, "-5");
    row("integer: unsigned", readInteger, std::numeric_limits<std::uint64_t>::max(), "18446744073709551615");
    row("integer: a text", readInteger, " 16 ", "16");
    row("integer: a fraction", readInteger, 1.5, "not");
    row("integer: a text with more", readInteger, "16 px", "not");
    row("integer: too large a text", readInteger, "9223372036854775808", "not");
    row("integer: true", readInteger, true, "not");

    row("number", readNumber, 0.75, "0.75");
    row("number: a text", readNumber, "1e-4", "0.0001");
    row("number: NaN in a text", readNumber, "nan", "not");
    row("number: infinity in a text", readNumber, "-inf", "not");
    row("number: too large a text", readNumber, "1e999", "not");
    row("number: an object", readNumber, Json::object(), "not");
    row("weight", readWeight, 0.8, "0.8");
    row("weight: none set", readWeight, 0.0, "nothing");

    row("boolean", readBoolean, false, "false");
    row("boolean: Python's text", readBoolean, "True", "true");
    row("boolean: a number", readBoolean, 1, "not");
    row("boolean: another text", readBoolean, "yes", "not");

    row("texts", readTexts, Json::array({" a, b ", "c", "", "a, b", nullptr}), R"(["a, b","c"])");
    row("texts: one text", readTexts, "a, b", R"(["a, b"])");
    row("texts: none", readTexts, Json::array(), "nothing");
    row("texts: a number among them", readTexts, Json::array({"a", 5}), "not");
    row("texts: an object", readTexts, Json{{"a", "b"}}, "not");
    row("comma texts", readCommaTexts, "a,, b ,a,", R"(["a","b"])");
    row("comma texts: only commas", readCommaTexts, ",,", "nothing");
    row("comma texts: a list in a text", readCommaTexts, R"(["a, b", "c"])", R"(["a, b","c"])");
    row("comma texts: a list", readCommaTexts, Json::array({"a"}), R"(["a"])");
    row("comma texts: a broken list in a text", readCommaTexts, R"(["a")", R"(["[\"a\""])");

    row("address", readWebAddress, "https://x.org/?a=b", R"("https://x.org/?a=b")");
    row("address: a script", readWebAddress, "javascript:alert(1)", "not");
    row("address: a file", readWebAddress, "file:///etc/passwd", "not");
    row("address: with a line break", readWebAddress, "https://x.org/\nHost: y", "not");
    row("address: empty", readWebAddress, "", "nothing");

    row("object", readObject, Json{{"a", 1}}, R"({"a":1})");
    row("object: in a text", readObject, R"({"a": 1})", R"({"a":1})");
    row("object: empty", readObject, "{}", "nothing");
    row("object: a list in a text", readObject, "[]", "not");
    row("object: NaN in a text", readObject, R"({"a": NaN})", "not");
    row("object: deep", readObject, std::string(100, '[') + std::string(100, ']'), "not");

    row("hash", readHash<64>, kHash, "\"6ce0161689b3853acaa03779ec93eafe75a02f4ced659bee03f50797806fa2fa\"");
    row("hash: with 0x", readHash<8>, "0xAbCdEf01", R"("abcdef01")");
    row("hash: too short", readHash<64>, "abcd", "not");
    row("hash: too long", readHash<8>, kHash, "not");
    row("hash: other letters", readHash<8>, "abcdefgh", "not");
    row("hash: of nothing", readHash<64>, kHashOfNothing, "nothing");
    row("hash: a number", readHash<8>, 12345678, "not");
    row("beginning of a hash", readHashBeginning<12>, kHash, R"("6ce0161689b3")");
    row("beginning of a hash: of nothing", readHashBeginning<12>, "E3B0C44298FC", "nothing");
}

void TestValueReaders::reads()
{
    QFETCH(ReadValue, read);
    QFETCH(Json, value);
    QFETCH(std::string, expected);
    QCOMPARE(outcome(read, value), expected);
}

void TestValueReaders::refusesWhatIsTooLong()
{
    const std::string longest(kLongestMetadataText, 'x');
    QCOMPARE(outcome(readText, longest).size(), longest.size() + 2);
    QCOMPARE(outcome(readText, longest + "x"), std::string{"not"});
    QCOMPARE(outcome(readTexts, Json::array({longest + "x"})), std::string{"not"});
    Json list = Json::array();
    for (std::size_t i = 0; i < kMostMetadataTexts; ++i)
        list.push_back(std::to_string(i));
    QVERIFY(readTexts(list) == list);
    list.push_back("one more");
    QCOMPARE(outcome(readTexts, list), std::string{"not"});
}

void TestValueReaders::countsTags_data()
{
    QTest::addColumn<Json>("value");
    QTest::addColumn<std::string>("expected");
    QTest::newRow("datasets together") << Json(R"({"10_a": {"hat": 3, " cat ": 5}, "5_b": {"hat": 4}})")
                                       << std::string{R"([{"tag":"hat","count":7},{"tag":"cat","count":5}])"};
    QTest::newRow("an object") << Json{{"a", {{"x", 1}}}} << std::string{R"([{"tag":"x","count":1}])"};
    QTest::newRow("by name among equals")
        << Json{{"a", {{"b", 1}, {"a", 1}}}} << std::string{R"([{"tag":"a","count":1},{"tag":"b","count":1}])"};
    QTest::newRow("no counts") << Json{{"a", {{"x", -1}, {"y", 1.5}, {"z", "3"}}}, {"b", 5}} << std::string{"nothing"};
    QTest::newRow("a sum beyond 64 bits") << Json{{"a", {{"x", std::numeric_limits<std::uint64_t>::max()}}},
        {"b", {{"x", 2}}}} << std::string{R"([{"tag":"x","count":18446744073709551615}])"};
    QTest::newRow("empty") << Json("{}") << std::string{"nothing"};
    QTest::newRow("broken") << Json("{\"a\": ") << std::string{"not"};
    QTest::newRow("a list") << Json("[]") << std::string{"not"};
    QTest::newRow("a number") << Json(5) << std::string{"not"};
    QTest::newRow("deep") << Json(R"({"a": {"b": {"c": {"d": {"e": 1}}}}})") << std::string{"not"};
}

void TestValueReaders::countsTags()
{
    QFETCH(Json, value);
    QFETCH(std::string, expected);
    QCOMPARE(outcome(readTagFrequency, value), expected);
}

void TestValueReaders::keepsTheMostFrequentTags()
{
    Json tags = Json::object();
    for (int i = 0; i < 5000; ++i)
        tags.get_ref<Json::object_t&>().emplace_back("tag " + std::to_string(i), i);
    const auto frequency = readTagFrequency({{"dataset", tags}});
    QVERIFY(frequency);
    QCOMPARE(frequency->size(), kMostTags);
    QCOMPARE(writeJson(frequency->front()), std::string{R"({"tag":"tag 4999","count":4999})"});
}

QTEST_APPLESS_MAIN(TestValueReaders)
#include "test_value_readers.moc"
