// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/feature_table.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <set>

using namespace weightroom::engine;
using namespace weightroom::test;

/// What is declared about each flag, and that the settings keep it.
class TestFeatureTable : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isFoundByNameAndByFeature();
    void namesSurviveTheWayThere();
    void explainsEverything();
    void allAreOnUnlessTheUserSaysOtherwise();
    void eachHasItsPlaceInTheFile();
    void namesInErrorsAreComplete();
};

void TestFeatureTable::isFoundByNameAndByFeature()
{
    QVERIFY(!featureTable().empty());
    for (const FeatureSpec& spec : featureTable()) {
        QCOMPARE(&specOf(spec.feature), &spec);
        QCOMPARE(findFeature(spec.name.text()), &spec);
        QCOMPARE(toText(spec.feature), spec.name.text());
    }
    QCOMPARE(toText(Feature::None), std::string_view{});
    for (const char* name : {"", "none", "DirectIo", "directIo", "direct_io ", "cache_budget_bytes", "process_sharing"})
        QVERIFY2(findFeature(name) == nullptr, name);
}

void TestFeatureTable::namesSurviveTheWayThere()
{
    std::set<std::string_view> names;
    for (const FeatureSpec& spec : featureTable()) {
        const std::string name{spec.name.text()};
        QVERIFY2(names.insert(spec.name.text()).second, name.c_str());
        QVERIFY2(isRegistrableName(name), name.c_str());
        const auto pascal = toPascalCase(name);
        const auto camel = toCamelCase(name);
        QVERIFY2(pascal && camel, name.c_str());
        QCOMPARE(toSnakeCase(*pascal), std::optional{name});
        QCOMPARE(toSnakeCase(*camel), std::optional{name});
    }
}

void TestFeatureTable::explainsEverything()
{
    std::set<std::string_view> texts;
    for (const FeatureSpec& spec : featureTable()) {
        for (const std::string_view text : {spec.help, spec.whenOff}) {
            QVERIFY2(text.size() > 10 && text.ends_with('.'), spec.name.text().data());
            QVERIFY2(texts.insert(text).second, spec.name.text().data());
        }
        QVERIFY2(spec.breaker.failures > 1, spec.name.text().data()); // one is an accident
        QVERIFY2(spec.breaker.within.count() > 0 && spec.breaker.pause.count() > 0, spec.name.text().data());
    }
}

void TestFeatureTable::allAreOnUnlessTheUserSaysOtherwise()
{
    for (const FeatureSpec& spec : featureTable()) {
        QVERIFY2(Settings{}.*spec.setting, spec.name.text().data());
        QVERIFY2(defaultSettings(kGiB * 8).*spec.setting, spec.name.text().data());
    }
}

void TestFeatureTable::eachHasItsPlaceInTheFile()
{
    const TemporaryFolder folder;
    const auto file = folder / "settings.json";
    for (const FeatureSpec& spec : featureTable()) {
        Settings chosen = defaultSettings(kGiB * 8);
        chosen.*spec.setting = false;
        VERIFY_RESULT(saveSettings(file, chosen));
        const auto loaded = loadSettings(file, defaultSettings(kGiB * 8));
        VERIFY_RESULT(loaded);
        QVERIFY2(*loaded == chosen, spec.name.text().data()); // this one is off, and nothing else has changed
    }
}

void TestFeatureTable::namesInErrorsAreComplete()
{
    const auto refused = settingsFromJson({{"no_such_flag", true}}, {});
    VERIFY_ERROR(refused, ErrorCode::UnknownField);
    for (const FeatureSpec& spec : featureTable())
        QVERIFY(refused.error().detail.find(spec.name.text()) != std::string::npos);
}

QTEST_APPLESS_MAIN(TestFeatureTable)
#include "test_feature_table.moc"
