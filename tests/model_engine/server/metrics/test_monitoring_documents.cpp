// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/json.h"
#include "model_engine/server/metrics/open_metrics.h"

#include <QFile>
#include <QTest>

#include <algorithm>
#include <regex>
#include <set>
#include <string>

using namespace weightroom::engine;

/// What docs/monitoring.md and its files name is what there is.
class TestMonitoringDocuments : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void pageListsEveryMetric();
    void rulesNameMetrics();
    void pageListsEveryRule();
    void dashboardNamesMetrics();
    void dashboardAsksByItsVariables();
    void panelsHaveTheirPlaces();

private:
    static std::string contentOf(const char* name);
};

namespace {

using Names = std::set<std::string>;

Names allNames()
{
    Names names;
    for (const MetricFamily& family : openMetricsFamilies())
        names.insert(family.sampleName());
    return names;
}

/// All that a pattern finds; of its group, where it has one.
Names found(const std::string& text, const char* pattern)
{
    const std::regex wanted{pattern};
    Names names;
    for (std::sregex_iterator at{text.begin(), text.end(), wanted}, end; at != end; ++at)
        names.insert(at->str(at->size() - 1));
    return names;
}

constexpr const char* kMetric = "\\bweightroom_[a-z0-9_]+";

Names unknownIn(const std::string& text)
{
    const Names named = found(text, kMetric);
    const Names known = allNames();
    Names unknown;
    std::ranges::set_difference(named, known, std::inserter(unknown, unknown.end()));
    return unknown;
}

std::string list(const Names& names)
{
    std::string text;
    for (const std::string& name : names)
        text += name + " ";
    return text;
}

/// The strings of a document that stand under a key, wherever that is.
Names stringsUnder(const Json& document, const std::string& key)
{
    Names strings;
    if (!document.is_structured())
        return strings;
    for (const auto& [name, value] : document.items()) {
        if (document.is_object() && name == key && value.is_string())
            strings.insert(value.get<std::string>());
        else
            strings.merge(stringsUnder(value, key));
    }
    return strings;
}

/// The queries of panels and variables.
Names queriesOf(const Json& dashboard)
{
    Names queries = stringsUnder(dashboard, "expr");
    for (const Json& variable : dashboard.at("templating").at("list"))
        queries.merge(stringsUnder(variable, "query"));
    return queries;
}

} // namespace

std::string TestMonitoringDocuments::contentOf(const char* name)
{
    QFile file(QStringLiteral(WEIGHTROOM_TEST_DATA_DIR "/../../docs/") + QString::fromUtf8(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll().toStdString() : std::string{};
}

void TestMonitoringDocuments::pageListsEveryMetric()
{
    const std::string page = contentOf("monitoring.md");
    QVERIFY2(unknownIn(page).empty(), list(unknownIn(page)).c_str());
    std::string tables; // their first columns
    for (const std::string& row : found(page, "\n\\| (`weightroom_[^|]*)\\|"))
        tables += row;
    Names missing;
    std::ranges::set_difference(allNames(), found(tables, kMetric), std::inserter(missing, missing.end()));
    QVERIFY2(missing.empty(), list(missing).c_str());
}

void TestMonitoringDocuments::rulesNameMetrics()
{
    const std::string rules = contentOf("monitoring/weightroom-alerts.yml");
    QVERIFY(found(rules, kMetric).size() >= 5);
    QVERIFY2(unknownIn(rules).empty(), list(unknownIn(rules)).c_str());
}

void TestMonitoringDocuments::pageListsEveryRule()
{
    const Names rules = found(contentOf("monitoring/weightroom-alerts.yml"), "alert: (\\w+)");
    const Names listed = found(contentOf("monitoring.md"), "\n\\| `(Weightroom\\w+)`");
    QVERIFY2(rules == listed, (list(rules) + "/ " + list(listed)).c_str());
}

void TestMonitoringDocuments::dashboardNamesMetrics()
{
    const auto dashboard = parseJson(contentOf("monitoring/grafana-dashboard.json"));
    QVERIFY(dashboard);
    std::string queries;
    for (const std::string& query : queriesOf(*dashboard))
        queries += query + "\n";
    QVERIFY(found(queries, kMetric).size() >= 20);
    QVERIFY2(unknownIn(queries).empty(), list(unknownIn(queries)).c_str());
}

void TestMonitoringDocuments::dashboardAsksByItsVariables()
{
    const Json dashboard = parseJson(contentOf("monitoring/grafana-dashboard.json")).value();
    Names variables{"__rate_interval"}; // Grafana's own
    for (const Json& variable : dashboard.at("templating").at("list"))
        variables.insert(variable.at("name").get<std::string>());
    QVERIFY(variables == (Names{"__rate_interval", "datasource", "device", "instance"}));
    for (const std::string& query : queriesOf(dashboard)) {
        for (const std::string& name : found(query, "\\$\\{?(\\w+)"))
            QVERIFY2(variables.contains(name), query.c_str());
    }
    // Nobody else has a data source of the name that one had here.
    for (const Json& panel : dashboard.at("panels")) {
        if (panel.at("type") == "row")
            continue;
        QVERIFY(stringsUnder(panel, "uid") == Names{"${datasource}"});
        QVERIFY(!panel.at("targets").empty());
        QVERIFY(panel.at("fieldConfig").at("defaults").contains("unit") || panel.at("type") == "table");
    }
}

void TestMonitoringDocuments::panelsHaveTheirPlaces()
{
    const Json dashboard = parseJson(contentOf("monitoring/grafana-dashboard.json")).value();
    std::set<int> ids;
    std::set<std::pair<int, int>> taken;
    for (const Json& panel : dashboard.at("panels")) {
        QVERIFY(ids.insert(panel.at("id").get<int>()).second);
        const Json& place = panel.at("gridPos");
        const int x = place.at("x");
        const int width = place.at("w");
        QVERIFY(x + width <= 24);
        for (int column = x; column < x + width; ++column) {
            for (int row = place.at("y"); row < place.at("y").get<int>() + place.at("h").get<int>(); ++row)
                QVERIFY(taken.insert({column, row}).second);
        }
    }
}

QTEST_APPLESS_MAIN(TestMonitoringDocuments)
#include "test_monitoring_documents.moc"
