// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/rest/rest_routes.h"

#include "model_engine/engine.h"

#include <QTest>

#include <map>
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

std::vector<std::string> segmentsOf(const char* path)
{
    std::vector<std::string> segments;
    for (const QByteArray& segment : QByteArray{path}.split('/'))
        segments.push_back(segment.toStdString());
    return segments;
}

/// The path of a route with something in the place of its item.
std::vector<std::string> exampleOf(const RestRoute& route)
{
    std::vector<std::string> segments = segmentsOf(route.path().substr(1).c_str());
    for (std::string& segment : segments) {
        if (segment.starts_with('{'))
            segment = "5f1d";
    }
    return segments;
}

} // namespace

/// Walks the routes of a real engine, and of a small registry that is made to be awkward.
class TestRestRoutes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { m_engine = makeEngine(); }
    void cleanupTestCase() { m_engine.reset(); }
    void leadsToEveryOperation();
    void leadsBackFromEveryRoute();
    void isAsTheDocumentationSays_data();
    void isAsTheDocumentationSays();
    void prefersWhatIsWritten();
    void refusesOtherPaths_data();
    void refusesOtherPaths();
    void saysWhichMethodsThereAre();
    void leavesItsOwnNamesAlone();

private:
    std::unique_ptr<Engine> m_engine;
};

void TestRestRoutes::leadsToEveryOperation()
{
    const RestRoutes routes{m_engine->operations()};
    std::map<std::string, int> waysTo;
    std::set<std::string> seen;
    for (const RestRoute& route : routes.all()) {
        ++waysTo[route.operation->fullName()];
        const std::string text = std::string{route.method} + " " + route.path();
        QVERIFY2(seen.insert(text).second, text.c_str());
    }
    for (const OperationSpec& spec : m_engine->operations().all()) {
        const std::string item = std::string{spec.family.text()} + "_id";
        const bool hasOptionalItem = std::ranges::any_of(spec.fields,
            [&](const FieldSpec& field) { return field.name.text() == item && field.presence == Presence::Optional; });
        const int expected = spec.caller == Caller::Connected ? 0 : hasOptionalItem ? 2 : 1;
        QCOMPARE(waysTo[spec.fullName()], expected);
    }
}

void TestRestRoutes::leadsBackFromEveryRoute()
{
    const RestRoutes routes{m_engine->operations()};
    for (const RestRoute& route : routes.all()) {
        const auto found = routes.find(route.method, exampleOf(route));
        QVERIFY2(found && found->route == &route, route.path().c_str());
        QCOMPARE(found->item, std::string{route.item ? "5f1d" : ""});
        // What changes nothing is what can be got.
        QCOMPARE(route.method == "GET", route.operation->name.text().starts_with("get_"));
    }
}

void TestRestRoutes::isAsTheDocumentationSays_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("operation");
    const auto row = [](const char* method, const char* path, const char* operation) {
        QTest::addRow("%s %s", method, path) << QByteArray{method} << QByteArray{path} << QByteArray{operation};
    };
    row("GET", "api/models/5f", "model.get_model");
    row("DELETE", "api/models/5f", "model.delete_model");
    row("GET", "api/models/available", "model.get_available_models");
    row("GET", "api/models/5f/status", "model.get_model_status");
    row("GET", "api/models/status", "model.get_model_status");
    row("POST", "api/models/5f/load", "model.post_model_load");
    row("POST", "api/models/5f/config_update", "model.post_model_config_update");
    row("GET", "api/models/5f/load_preview", "model.get_model_load_preview");
    row("DELETE", "api/models/cache", "model.delete_model_cache");
    row("POST", "api/models/restore", "model.post_model_restore");
    row("GET", "api/jobs", "job.get_jobs");
    row("GET", "api/jobs/7", "job.get_job");
    row("POST", "api/jobs/7/cancel", "job.post_job_cancel");
    row("GET", "api/settings", "settings.get_settings");
    row("POST", "api/settings/update", "settings.post_settings_update");
    row("GET", "api/library/layout", "library.get_library_layout");
    row("POST", "api/library/sample", "library.post_sample_library");
    row("DELETE", "api/preload/plan", "preload.delete_preload_plan");
    row("GET", "api/worker/cache_status", "worker.get_cache_status");
    row("POST", "api/worker/optimize_cache", "worker.optimize_cache");
}

void TestRestRoutes::isAsTheDocumentationSays()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, operation);
    const RestRoutes routes{m_engine->operations()};
    const auto found = routes.find(method.toStdString(), segmentsOf(path.constData()));
    QVERIFY(found);
    QCOMPARE(found->route->operation->fullName(), operation.toStdString());
}

void TestRestRoutes::prefersWhatIsWritten()
{
    const RestRoutes routes{m_engine->operations()};
    // "available" is no model, whatever the method.
    const auto refused = routes.find("DELETE", segmentsOf("api/models/available"));
    QVERIFY(!refused);
    QCOMPARE(refused.error().status, 405U);
    QCOMPARE(refused.error().headers.front().value, std::string{"GET"});
}

void TestRestRoutes::refusesOtherPaths_data()
{
    QTest::addColumn<QByteArray>("path");
    for (const char* path :
        {"api", "api/models", "api/model/5f", "api/Models/5f", "models/5f", "api/models/5f/status/more",
            "api/models/5f/Status", "api/nothing", "v1/models/5f", "api/models/5f/available", "api/settings/5f"})
        QTest::newRow(path) << QByteArray{path};
}

void TestRestRoutes::refusesOtherPaths()
{
    QFETCH(QByteArray, path);
    const RestRoutes routes{m_engine->operations()};
    const auto found = routes.find("GET", segmentsOf(path.constData()));
    QVERIFY(!found);
    QCOMPARE(found.error().status, 404U);
    QCOMPARE(found.error().error.code, ErrorCode::UnknownOperation);
    QVERIFY(!routes.find("GET", {}));
}

void TestRestRoutes::saysWhichMethodsThereAre()
{
    const RestRoutes routes{m_engine->operations()};
    for (const char* method : {"POST", "PUT", "PATCH", "OPTIONS", "TRACE", "get", ""}) {
        const auto refused = routes.find(method, segmentsOf("api/models/5f"));
        QVERIFY(!refused);
        QCOMPARE(refused.error().status, 405U);
        QCOMPARE(refused.error().headers.front().name, std::string{"allow"});
        QCOMPARE(refused.error().headers.front().value, std::string{"GET, DELETE"});
    }
}

/// What the door itself reads from a request must mean nothing to an operation.
void TestRestRoutes::leavesItsOwnNamesAlone()
{
    const RestRoutes routes{m_engine->operations()};
    for (const RestRoute& route : routes.all()) {
        QVERIFY(route.collection != "openapi.json");
        QVERIFY(route.operation->fields.size() < 64); // as many different parameters are read
        for (const FieldSpec& field : route.operation->fields)
            QVERIFY(field.name.text() != "naming");
    }
}

QTEST_APPLESS_MAIN(TestRestRoutes)
#include "test_rest_routes.moc"
