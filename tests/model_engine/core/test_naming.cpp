// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/naming.h"

#include <QTest>

#include <set>

using namespace weightroom::engine;

// The converter is a compile-time function: these rows fail the build, not the run.
static_assert(toPascalCase("get_model") == "GetModel");
static_assert(toCamelCase("get_model") == "getModel");
static_assert(toSnakeCase("GetModel") == "get_model");
static_assert(toSnakeCase("vramUsage") == "vram_usage");
static_assert(toPascalCase("sd15_base") == "Sd15Base");
static_assert(isRegistrableName("sha256"));
static_assert(!isRegistrableName("id_model"));
static_assert(Name{"model_id"}.text() == "model_id");
static_assert(Name{"a"} == Name{"a"});

class TestNaming : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void convertsBothWays_data();
    void convertsBothWays();
    void refusesSnakeCase_data();
    void refusesSnakeCase();
    void refusesPascalAndCamelCase_data();
    void refusesPascalAndCamelCase();
    void everyShortNameSurvivesOrIsRefused();
};

void TestNaming::convertsBothWays_data()
{
    QTest::addColumn<std::string>("snake");
    QTest::addColumn<std::string>("pascal");
    QTest::addColumn<std::string>("camel");
    const auto row = [](const char* snake, const char* pascal, const char* camel) {
        QTest::newRow(snake) << std::string{snake} << std::string{pascal} << std::string{camel};
    };
    row("get_model", "GetModel", "getModel");
    row("get_available_models", "GetAvailableModels", "getAvailableModels");
    row("post_model_load", "PostModelLoad", "postModelLoad");
    row("vram_usage", "VramUsage", "vramUsage");
    row("model_id", "ModelId", "modelId");
    row("id", "Id", "id");
    row("identity", "Identity", "identity");
    row("idle_time", "IdleTime", "idleTime");
    row("sha256", "Sha256", "sha256");
    row("fp16", "Fp16", "fp16");
    row("sd15_base", "Sd15Base", "sd15Base");
    row("fp8_e4m3", "Fp8E4m3", "fp8E4m3");
    row("q4_k", "Q4K", "q4K");
    row("a", "A", "a");
    row("a_b_c", "ABC", "aBC");
    row("x1_y2_z3", "X1Y2Z3", "x1Y2Z3");
}

void TestNaming::convertsBothWays()
{
    QFETCH(std::string, snake);
    QFETCH(std::string, pascal);
    QFETCH(std::string, camel);
    QVERIFY(isRegistrableName(snake));
    QCOMPARE(toPascalCase(snake), std::optional{pascal});
    QCOMPARE(toCamelCase(snake), std::optional{camel});
    QCOMPARE(toSnakeCase(pascal), std::optional{snake});
    QCOMPARE(toSnakeCase(camel), std::optional{snake});
}

void TestNaming::refusesSnakeCase_data()
{
    QTest::addColumn<std::string>("name");
    for (const char* name : {"", "_", "__", "a_", "_a", "a__b", "id_model", "id_", "Model_Id", "Model", "modelId",
             "q4_0", "1a", "a_1", "a-b", "a b", "a.b", "a\n",
             "gr\xc3\xb6\xc3\x9f"
             "e"})
        QTest::newRow(*name == '\0' ? "empty" : name) << std::string{name};
    QTest::newRow("NUL inside") << std::string{"a\0b", 3};
}

void TestNaming::refusesSnakeCase()
{
    QFETCH(std::string, name);
    QVERIFY(!isRegistrableName(name));
    QCOMPARE(toPascalCase(name), std::nullopt);
    QCOMPARE(toCamelCase(name), std::nullopt);
}

void TestNaming::refusesPascalAndCamelCase_data()
{
    QTest::addColumn<std::string>("name");
    for (const char* name :
        {"", "idModel", "IdModel", "Model_Id", "get_model", "_Model", "Model_", "1Model", "Get-Model", "Get Model",
            "Gr\xc3\xb6\xc3\x9f"
            "e"})
        QTest::newRow(*name == '\0' ? "empty" : name) << std::string{name};
}

void TestNaming::refusesPascalAndCamelCase()
{
    QFETCH(std::string, name);
    QCOMPARE(toSnakeCase(name), std::nullopt);
}

/// All names of up to five characters out of those at which rules differ: what is registrable survives both round
/// trips, and no two of them meet in one spelling.
void TestNaming::everyShortNameSurvivesOrIsRefused()
{
    constexpr std::string_view kAlphabet = "aid_1";
    std::set<std::string> spellings;
    std::size_t registrable = 0;
    for (std::size_t number = 0; number < 5 * 5 * 5 * 5 * 5; ++number) {
        std::string name;
        for (std::size_t rest = number; rest > 0; rest /= kAlphabet.size())
            name.push_back(kAlphabet[rest % kAlphabet.size()]);
        const auto pascal = toPascalCase(name);
        QCOMPARE(pascal.has_value(), isRegistrableName(name));
        if (!pascal)
            continue;
        QCOMPARE(toSnakeCase(*pascal), std::optional{name});
        spellings.insert(*pascal);
        ++registrable;
    }
    QVERIFY(registrable > 500);
    QCOMPARE(spellings.size(), registrable);
}

QTEST_APPLESS_MAIN(TestNaming)
#include "test_naming.moc"
