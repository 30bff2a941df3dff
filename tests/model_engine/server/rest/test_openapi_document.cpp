// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/openapi_document.h"

#include "model_engine/engine.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <set>

using namespace weightroom::engine;

namespace {

std::unique_ptr<Engine> makeEngine()
{
    Settings settings;
    settings.cacheBudget = kMiB;
    settings.hostDevices = {kMiB};
    settings.useCuda = false;
    return std::make_unique<Engine>(
        EngineOptions{.settings = settings, .settingsFile = {}, .clock = nullptr, .log = nullptr});
}

FieldSpec fieldOf(FieldType type, Clearing clearing = Clearing::No)
{
    return {.name = "field", .type = type, .help = "For the test.", .clearing = clearing};
}

/// All that references in a document name.
void collectReferences(const Json& document, std::set<std::string>& references)
{
    for (const auto& [key, value] : document.items()) {
        if (key == "$ref")
            references.insert(value.get<std::string>());
        if (value.is_structured())
            collectReferences(value, references);
    }
}

} // namespace

class TestOpenApiDocument : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void describesEveryRoute();
    void describesFieldsWhereTheyStand();
    void givesEachOperationAnId();
    void namesNothingInSnakeCaseForPascal();
    void refersToWhatThereIs();
    void saysWhatAFieldMayBe_data();
    void saysWhatAFieldMayBe();
    void listsStatuses();

private:
    [[nodiscard]] Json at(const char* path, const char* method) const
    {
        return m_document.at("paths").at(path).at(method);
    }
    std::unique_ptr<Engine> m_engine;
    std::unique_ptr<RestRoutes> m_routes;
    Json m_document;
    Json m_pascal;
};

void TestOpenApiDocument::initTestCase()
{
    m_engine = makeEngine();
    m_routes = std::make_unique<RestRoutes>(m_engine->operations());
    m_document = openApiDocument(*m_routes, RestNaming::Snake);
    m_pascal = openApiDocument(*m_routes, RestNaming::Pascal);
}

void TestOpenApiDocument::cleanupTestCase() { m_engine.reset(); }

void TestOpenApiDocument::describesEveryRoute()
{
    QVERIFY(m_document.at("openapi") == "3.1.0");
    QVERIFY(m_document.at("security") == Json::array({{{"token", Json::array()}}}));
    std::size_t count = 0;
    for (const auto& [path, methods] : m_document.at("paths").items())
        count += methods.size();
    QCOMPARE(count, m_routes->all().size());
    for (const RestRoute& route : m_routes->all()) {
        const std::string method = QByteArray::fromStdString(std::string{route.method}).toLower().toStdString();
        const Json& operation = m_document.at("paths").at(route.path()).at(method);
        QVERIFY(operation.at("summary") == std::string{route.operation->summary});
        QCOMPARE(operation.contains("requestBody"), method == "post");
        QCOMPARE(
            operation.at("responses").contains("202"), route.operation->duration == Duration::Long && method != "get");
    }
}

void TestOpenApiDocument::describesFieldsWhereTheyStand()
{
    const Json load = at("/api/models/{modelId}/load", "post");
    QCOMPARE(load.at("parameters").size(), 1U);
    QVERIFY(load.at("parameters")[0].at("name") == "modelId" && load.at("parameters")[0].at("in") == "path");
    const Json& body = load.at("requestBody").at("content").at("application/json").at("schema");
    QVERIFY(body.at("additionalProperties") == false);
    QVERIFY(body.at("properties").contains("keep_alive_seconds") && !body.at("properties").contains("model_id"));
    QVERIFY(body.at("properties").at("verify").at("type") == "boolean");
    const Json status = at("/api/models/status", "get");
    QVERIFY(status.at("parameters").empty()); // that of one model has a route of its own
    const Json layout = at("/api/library/layout", "get").at("parameters");
    QVERIFY(layout[0].at("name") == "path" && layout[0].at("in") == "query" && layout[0].at("required") == true);
    const Json plan = at("/api/preload/plan", "post");
    QVERIFY(plan.at("requestBody").at("content").at("application/json").at("schema").at("required")
        == Json::array({"name", "model_ids"}));
}

void TestOpenApiDocument::givesEachOperationAnId()
{
    std::set<std::string> ids;
    for (const Json& document : {m_document, m_pascal}) {
        for (const auto& [path, methods] : document.at("paths").items()) {
            for (const auto& [method, operation] : methods.items()) {
                const std::string id = operation.at("operationId");
                QVERIFY2(ids.insert(id).second, id.c_str());
            }
        }
    }
    for (const char* id : {"model.get_model", "model.get_model_status", "model.get_model_status_without_model_id",
             "Model_GetModel", "Model_GetModelStatusWithoutModelId"})
        QVERIFY2(ids.contains(id), id);
}

void TestOpenApiDocument::namesNothingInSnakeCaseForPascal()
{
    for (const auto& [path, methods] : m_pascal.at("paths").items()) {
        for (const auto& [method, operation] : methods.items()) {
            bool saysNaming = false;
            for (const Json& parameter : operation.at("parameters")) {
                const std::string name = parameter.at("name");
                saysNaming = saysNaming || name == "X-Naming";
                QVERIFY2(parameter.at("in") == "path" || name == "X-Naming" || toSnakeCase(name), name.c_str());
            }
            QVERIFY(saysNaming);
            if (method != "post")
                continue;
            const Json& body = operation.at("requestBody").at("content").at("application/json").at("schema");
            for (const auto& [name, schema] : body.at("properties").items())
                QVERIFY2(toSnakeCase(name), name.c_str());
        }
    }
    QVERIFY(m_pascal.at("components").at("schemas").at("Error").at("properties").contains("Error"));
}

void TestOpenApiDocument::refersToWhatThereIs()
{
    std::set<std::string> references;
    collectReferences(m_document, references);
    QCOMPARE(references, std::set<std::string>{"#/components/schemas/Error"});
    const Json& error = m_document.at("components").at("schemas").at("Error").at("properties").at("error");
    QCOMPARE(error.at("properties").at("code").at("enum").size(), errorCatalogue().size());
    // What is promised is there, and what is there is described.
    ErrorContext everything{.modelId = {"m"},
        .componentId = {"c"},
        .deviceId = {"d"},
        .operation = "o",
        .field = "f",
        .path = "p",
        .required = kMiB,
        .available = kMiB,
        .holder = "h",
        .memoryType = "vram",
        .systemCode = 5,
        .feature = Feature::DirectIo,
        .tried = {{RecoveryAction::TryAgain}}};
    const Json full = toJson(Error{ErrorCode::Busy, "x", everything});
    const Json least = toJson(Error{ErrorCode::Busy, "x"});
    for (const auto& [name, value] : full.items())
        QVERIFY2(error.at("properties").contains(name), name.c_str());
    for (const Json& name : error.at("required"))
        QVERIFY2(least.contains(name.get<std::string>()), writeJson(name).c_str());
}

void TestOpenApiDocument::saysWhatAFieldMayBe_data()
{
    QTest::addColumn<QByteArray>("made");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char* name, const FieldSpec& field, const char* expected) {
        QTest::newRow(name) << QByteArray::fromStdString(writeJson(schemaOf(field))) << QByteArray{expected};
    };
    row("text", fieldOf(FieldType::Text), R"({"type":"string","minLength":1,"pattern":"^[^\\u0000]+$"})");
    row("path", fieldOf(FieldType::Path), R"({"type":"string","format":"absolute-path","pattern":"^/[^\\u0000]*$"})");
    row("boolean", fieldOf(FieldType::Boolean), R"({"type":"boolean"})");
    row("number", fieldOf(FieldType::Number), R"({"type":"number","format":"double"})");
    row("integer", fieldOf(FieldType::Integer),
        R"({"type":"integer","format":"int64","minimum":-9223372036854775808,"maximum":9223372036854775807})");
    FieldSpec limited = fieldOf(FieldType::Integer);
    limited.minimum = 1;
    limited.maximum = 5;
    row("limits", limited, R"({"type":"integer","format":"int64","minimum":1,"maximum":5})");
    FieldSpec list = fieldOf(FieldType::TextList);
    list.minimum = 1;
    list.maximum = 3;
    list.allowed = {"a", "b"};
    row("list", list, R"({"type":"array","items":{"type":"string","enum":["a","b"]},"minItems":1,"maxItems":3})");
    row("integers", fieldOf(FieldType::IntegerList),
        R"({"type":"array","items":{"type":"integer","format":"int64","minimum":0,"maximum":9223372036854775807}})");
    row("clearable boolean", fieldOf(FieldType::Boolean, Clearing::Yes),
        R"({"anyOf":[{"type":"boolean"},{"type":"null"}]})");
    row("clearable text", fieldOf(FieldType::Text, Clearing::Yes),
        R"({"anyOf":[{"type":"string","minLength":1,"pattern":"^[^\\u0000]+$"},{"type":"null"},{"const":""}]})");
    row("nothing", fieldOf(FieldType::None), "false");
}

void TestOpenApiDocument::saysWhatAFieldMayBe()
{
    QFETCH(QByteArray, made);
    QFETCH(QByteArray, expected);
    QCOMPARE(made, expected);
}

void TestOpenApiDocument::listsStatuses()
{
    const Json load = at("/api/models/{modelId}/load", "post").at("responses");
    for (const char* status : {"200", "202", "400", "401", "403", "404", "408", "409", "413", "415", "422", "507"})
        QVERIFY2(load.contains(status), status);
    const Json jobs = at("/api/jobs", "get").at("responses");
    for (const char* status : {"202", "404", "405", "409", "413", "415"})
        QVERIFY2(!jobs.contains(status), status);
}

QTEST_APPLESS_MAIN(TestOpenApiDocument)
#include "test_openapi_document.moc"
