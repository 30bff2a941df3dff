// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/engine.h"
#include "tests/support/bad_values.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <set>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// A request that an operation takes.
Json goodRequest(const OperationSpec& spec)
{
    Json request = Json::object();
    for (const FieldSpec& field : spec.fields)
        request[std::string{field.name.text()}] = goodValue(field);
    return request;
}

} // namespace

/// Walks all operations of a real engine: what is declared is what everything else is made of.
class TestRegistry : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase() { m_engine.reset(); }
    void holdsTheOperationsOfThisMilestone();
    void namesSurviveTheWayThere_data();
    void namesSurviveTheWayThere();
    void explainsEverything_data() { addOperations(); }
    void explainsEverything();
    void refusesStrangeValues_data() { addOperations(); }
    void refusesStrangeValues();
    void describesItsJobs_data() { addOperations(); }
    void describesItsJobs();

private:
    void addOperations() const
    {
        QTest::addColumn<const OperationSpec*>("spec");
        for (const OperationSpec& spec : m_engine->operations().all())
            QTest::newRow(spec.fullName().c_str()) << &spec;
    }
    std::unique_ptr<Engine> m_engine;
};

void TestRegistry::initTestCase()
{
    Settings settings;
    settings.cacheBudget = kMiB;
    settings.hostDevices = {kMiB};
    settings.useCuda = false;
    m_engine = std::make_unique<Engine>(
        EngineOptions{.settings = settings, .settingsFile = {}, .clock = nullptr, .log = nullptr});
}

void TestRegistry::holdsTheOperationsOfThisMilestone()
{
    std::set<std::string> names;
    for (const OperationSpec& spec : m_engine->operations().all())
        names.insert(spec.fullName());
    QCOMPARE(names.size(), m_engine->operations().all().size()); // each once
    for (const char* name : {"model.get_available_models", "model.get_model", "model.get_model_status",
             "model.post_model_cache", "model.post_model_load", "model.post_model_unload", "model.delete_model_cache",
             "model.delete_model", "model.post_model_restore", "model.get_model_metadata", "model.get_model_components",
             "model.get_model_hashes", "settings.get_settings", "settings.post_settings_update",
             "settings.get_feature_flags", "settings.post_feature_flag_update", "library.post_sample_library",
             "library.get_library_layout", "library.post_library_export_paths", "model.get_model_compatibility",
             "model.get_model_cache", "worker.get_cache_status", "worker.analyze_cache_patterns",
             "worker.optimize_cache"})
        QVERIFY2(names.contains(name), name);
}

void TestRegistry::namesSurviveTheWayThere_data()
{
    QTest::addColumn<std::string>("name");
    std::set<std::string> names;
    for (const OperationSpec& spec : m_engine->operations().all()) {
        names.emplace(spec.family.text());
        names.emplace(spec.name.text());
        for (const FieldSpec& field : spec.fields)
            names.emplace(field.name.text());
    }
    for (const ErrorTraits& traits : errorCatalogue())
        names.emplace(traits.name);
    for (const std::string& name : names)
        QTest::newRow(name.c_str()) << name;
}

void TestRegistry::namesSurviveTheWayThere()
{
    QFETCH(std::string, name);
    QVERIFY(isRegistrableName(name));
    const auto pascal = toPascalCase(name);
    const auto camel = toCamelCase(name);
    QVERIFY(pascal && camel);
    QCOMPARE(toSnakeCase(*pascal), std::optional{name});
    QCOMPARE(toSnakeCase(*camel), std::optional{name});
}

void TestRegistry::explainsEverything()
{
    QFETCH(const OperationSpec*, spec);
    QVERIFY(!spec->summary.empty());
    QVERIFY(!spec->answer.empty());
    QVERIFY(spec->handler);
    const auto name = spec->name.text();
    QVERIFY(spec->family.text() == "worker" || name.starts_with("get_") || name.starts_with("post_")
        || name.starts_with("delete_"));
    std::set<std::string_view> fields;
    for (const FieldSpec& field : spec->fields) {
        const std::string words{field.name.text()};
        QVERIFY2(!field.help.empty(), words.c_str());
        QVERIFY2(field.type != FieldType::None, words.c_str());
        QVERIFY2(field.minimum <= field.maximum, words.c_str());
        QVERIFY2(fields.insert(field.name.text()).second, words.c_str());
    }
    const std::set<ErrorCode> errors{spec->errors.begin(), spec->errors.end()};
    QCOMPARE(errors.size(), spec->errors.size());
    QVERIFY(!errors.contains(ErrorCode::Unknown) && !errors.contains(ErrorCode::Internal));
}

void TestRegistry::refusesStrangeValues()
{
    QFETCH(const OperationSpec*, spec);
    VERIFY_RESULT(validate(*spec, goodRequest(*spec)));
    VERIFY_ERROR(validate(*spec, {{"no_such_field", 1}}), ErrorCode::UnknownField);
    for (const FieldSpec& field : spec->fields) {
        const std::string name{field.name.text()};
        for (const Json& value : strangeValues()) {
            Json request = goodRequest(*spec);
            request[name] = value;
            const auto checked = validate(*spec, request);
            const std::string words = name + " = " + writeJson(value).substr(0, 80);
            const bool mayClear =
                field.clearing == Clearing::Yes && (value.is_null() || value == Json::array() || value == "");
            QVERIFY2(!checked || isOfType(value, field.type) || mayClear, words.c_str());
            if (!checked)
                QCOMPARE(checked.error().context.field, name);
        }
        if (field.presence == Presence::Required) {
            Json request = goodRequest(*spec);
            request.erase(name);
            VERIFY_ERROR(validate(*spec, request), ErrorCode::MissingField);
        }
    }
}

void TestRegistry::describesItsJobs()
{
    QFETCH(const OperationSpec*, spec);
    if (spec->duration == Duration::Quick) {
        QVERIFY(!spec->describe);
        return;
    }
    QVERIFY(spec->describe);
    const JobDescription description = spec->describe(Arguments{goodRequest(*spec)});
    QCOMPARE(description.operation, std::string{spec->name.text()});
    (void)spec->describe(Arguments{Json::object()}); // none of its fields need be there
}

QTEST_APPLESS_MAIN(TestRegistry)
#include "test_registry.moc"
