// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_fields.h"

#include "tests/model_engine/server/scripted_engine.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// The routes of the scripted engine.
class Rig {
public:
    [[nodiscard]] RestRoutes::Match at(const char* method, std::vector<std::string> segments) const
    {
        return m_routes.find(method, segments).value();
    }
    [[nodiscard]] RestResult<Json> query(const char* query, RestNaming naming = RestNaming::Snake) const
    {
        const RestTarget target = parseTarget(std::string{"/api?"} + query).value();
        return fieldsFromQuery(at("GET", {"api", "tests", "echo"}), target.query, naming);
    }
    [[nodiscard]] RestResult<Json> body(std::string_view body, RestNaming naming = RestNaming::Snake) const
    {
        return fieldsFromBody(at("POST", {"api", "tests", "5", "item_echo"}), body, naming);
    }

private:
    ScriptedEngine m_engine;
    const ServedEngine m_served = m_engine.served();
    const RestRoutes m_routes{m_served.operations};
};

} // namespace

class TestRestFields : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsTheQuery_data();
    void readsTheQuery();
    void readsTheBody();
    void readsTheItemAsItIsDeclared();
    void refusesNames_data();
    void refusesNames();
    void refusesBodies_data();
    void refusesBodies();
    void refusesAFloodOfNamesAtOnce();
};

void TestRestFields::readsTheQuery_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QByteArray>("fields");
    const auto row = [](const char* query, const char* fields) {
        QTest::newRow(query) << QByteArray{query} << QByteArray{fields};
    };
    row("", "{}");
    row("text=a+b", R"({"text":"a b"})");
    row("text=5", R"({"text":"5"})");
    row("max_count=5", R"({"max_count":5})");
    row("max_count=-9223372036854775808", R"({"max_count":-9223372036854775808})");
    row("is_on=true", R"({"is_on":true})");
    row("is_on=false", R"({"is_on":false})");
    row("share=0.5", R"({"share":0.5})");
    row("share=1e3", R"({"share":1000.0})");
    row("some_texts=a", R"({"some_texts":["a"]})");
    row("some_texts=a&is_on=true&some_texts=5", R"({"some_texts":["a","5"],"is_on":true})");
    row("some_numbers=1&some_numbers=2", R"({"some_numbers":[1,2]})");
    // What is no such value is left a text, which validate() refuses as it does for the other doors.
    row("max_count=5.0", R"({"max_count":"5.0"})");
    row("max_count=+5", R"({"max_count":" 5"})");
    row("max_count=0x5", R"({"max_count":"0x5"})");
    row("max_count=", R"({"max_count":""})");
    row("max_count=9223372036854775808", R"({"max_count":"9223372036854775808"})");
    row("max_count=1&max_count=2", R"({"max_count":[1,2]})");
    row("is_on=1", R"({"is_on":"1"})");
    row("is_on=True", R"({"is_on":"True"})");
    row("share=inf", R"({"share":"inf"})");
    row("share=nan", R"({"share":"nan"})");
    row("some_numbers=1&some_numbers=x", R"({"some_numbers":[1,"x"]})");
}

void TestRestFields::readsTheQuery()
{
    QFETCH(QByteArray, query);
    QFETCH(QByteArray, fields);
    const auto read = Rig{}.query(query.constData());
    QVERIFY(read);
    QCOMPARE(writeJson(*read), fields.toStdString());
    // In PascalCase it is the same request.
    QByteArray pascal = query;
    for (const auto& [snake, name] : {std::pair{"some_texts", "SomeTexts"}, {"text", "Text"}, {"max_count", "MaxCount"},
             {"is_on", "IsOn"}, {"share", "Share"}, {"some_numbers", "SomeNumbers"}})
        pascal.replace(QByteArray{snake}, QByteArray{name});
    const auto readAgain = Rig{}.query(pascal.constData(), RestNaming::Pascal);
    QVERIFY(readAgain);
    QCOMPARE(writeJson(*readAgain), fields.toStdString());
}

void TestRestFields::readsTheBody()
{
    const auto read = Rig{}.body(R"({"max_count": 5, "some_texts": ["is_on"], "text": null})");
    QVERIFY(read);
    QCOMPARE(writeJson(*read), std::string{R"({"max_count":5,"some_texts":["is_on"],"text":null,"test_id":"5"})"});
    const auto pascal = Rig{}.body(R"({"MaxCount": 5, "SomeTexts": ["is_on"]})", RestNaming::Pascal);
    QVERIFY(pascal);
    QCOMPARE(writeJson(*pascal), std::string{R"({"max_count":5,"some_texts":["is_on"],"test_id":"5"})"});
}

void TestRestFields::readsTheItemAsItIsDeclared()
{
    ScriptedEngine engine;
    const ServedEngine served = engine.served();
    const RestRoutes routes{served.operations};
    const auto item = [&](const char* text) {
        const auto match = routes.find("POST", std::vector<std::string>{"api", "jobs", text, "cancel"});
        return fieldsFromBody(match.value(), "{}", RestNaming::Snake).value().at("job_id");
    };
    QVERIFY(item("7") == 7);
    QVERIFY(item("seven") == "seven");
}

void TestRestFields::refusesNames_data()
{
    QTest::addColumn<bool>("isPascal");
    QTest::addColumn<QByteArray>("name");
    const auto row = [](bool isPascal, const char* name) {
        QTest::addRow("%s %s", isPascal ? "pascal" : "snake", name) << isPascal << QByteArray{name};
    };
    for (const char* name : {"no_such_field", "Text", "maxCount", "MaxCount", "test_id", "token", "max_count "})
        row(false, name);
    for (const char* name : {"NoSuchField", "text", "maxCount", "max_count", "Max_Count", "TestId", "IdTest", "MAX"})
        row(true, name);
}

void TestRestFields::refusesNames()
{
    QFETCH(bool, isPascal);
    QFETCH(QByteArray, name);
    const RestNaming naming = isPascal ? RestNaming::Pascal : RestNaming::Snake;
    const auto inBody = Rig{}.body(writeJson({{name.toStdString(), 1}}), naming);
    QVERIFY(!inBody);
    QCOMPARE(inBody.error().status, 400U);
    QCOMPARE(inBody.error().error.code, ErrorCode::UnknownField);
    const auto inQuery = Rig{}.query(name.toPercentEncoding().append("=1").constData(), naming);
    QVERIFY(!inQuery);
    QCOMPARE(inQuery.error().error.code, ErrorCode::UnknownField);
}

void TestRestFields::refusesBodies_data()
{
    QTest::addColumn<QByteArray>("body");
    for (const char* body : {"", " ", "{", "[]", "null", "5", "\"text\"", "{\"text\": 1, \"text\": 2}", "{} {}",
             "{'a': 1}", "{\"text\": NaN}", "{\"text\": \"\xff\"}"})
        QTest::newRow(body) << QByteArray{body};
    QTest::newRow("deep")
        << QByteArray("{\"text\":").append(QByteArray(100, '[')).append(QByteArray(100, ']')).append('}');
}

void TestRestFields::refusesBodies()
{
    QFETCH(QByteArray, body);
    const auto read = Rig{}.body(body.toStdString());
    QVERIFY(!read);
    QCOMPARE(read.error().status, 400U);
}

void TestRestFields::refusesAFloodOfNamesAtOnce()
{
    // Looking each up in a document of the others would take minutes.
    Json flood = Json::object();
    for (int i = 0; i < 50'000; ++i)
        flood.get_ref<Json::object_t&>().emplace_back("name_" + std::to_string(i), 1);
    const auto read = Rig{}.body(writeJson(flood));
    QVERIFY(!read);
    QCOMPARE(read.error().error.context.field, std::string{"name_0"});
}

QTEST_APPLESS_MAIN(TestRestFields)
#include "test_rest_fields.moc"
