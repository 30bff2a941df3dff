// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/feature_table.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

struct FlagRig : EngineRig {
    [[nodiscard]] Result<Json> setFlag(std::string_view name, const Json& value)
    {
        return call("settings.post_feature_flag_update", {{"name", name}, {"value", value}});
    }
    [[nodiscard]] Json flags() { return call("settings.get_feature_flags").value().at("flags"); }
    [[nodiscard]] bool areAllOn()
    {
        const Json rows = flags();
        return std::ranges::all_of(rows, [](const Json& row) { return row.at("state") == "on"; });
    }
};

void addFlags()
{
    QTest::addColumn<std::string>("name");
    for (const FeatureSpec& spec : featureTable())
        QTest::newRow(spec.name.text().data()) << std::string{spec.name.text()};
}

} // namespace

class TestFeatureFlagOperations : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tellsAllOfEveryFlag();
    void switchesAndKeeps_data() { addFlags(); }
    void switchesAndKeeps();
    void isTheSettingOfItsName_data() { addFlags(); }
    void isTheSettingOfItsName();
    void beginsAsTheFileSays();
    void refusesWhatIsNoFlag_data();
    void refusesWhatIsNoFlag();
    void leavesADamagedFileAlone();
    void changesNothingThatCannotBeKept();
};

void TestFeatureFlagOperations::tellsAllOfEveryFlag()
{
    FlagRig rig;
    const Json rows = rig.flags();
    QCOMPARE(rows.size(), featureTable().size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const FeatureSpec& spec = featureTable()[i];
        const Json& row = rows[i];
        QVERIFY(row.at("name") == spec.name.text());
        QVERIFY(row.at("help") == spec.help);
        QVERIFY(row.at("when_off") == spec.whenOff);
        QVERIFY(row.at("configured").get<bool>() && row.at("effective").get<bool>());
        QVERIFY(row.at("state") == "on");
        QCOMPARE(row.at("failures").get<int>(), 0);
        QVERIFY(row.at("reason").is_null() && row.at("retry_at").is_null());
        QVERIFY(row.at("falls_back_after").at("failures") == spec.breaker.failures);
        QVERIFY(row.at("falls_back_after").at("within_seconds") == spec.breaker.within.count());
        QVERIFY(row.at("falls_back_after").at("pause_seconds") == spec.breaker.pause.count());
    }
}

void TestFeatureFlagOperations::switchesAndKeeps()
{
    QFETCH(std::string, name);
    FlagRig rig;
    for (const bool value : {false, true, false}) {
        const auto changed = rig.setFlag(name, value);
        VERIFY_RESULT(changed);
        QVERIFY(changed->at("name") == name);
        QCOMPARE(changed->at("configured").get<bool>(), value);
        QCOMPARE(changed->at("effective").get<bool>(), value);
        QVERIFY(changed->at("state") == (value ? "on" : "off"));
        QVERIFY(changed->at("is_kept").get<bool>());
        for (const Json& row : rig.flags())
            QCOMPARE(row.at("effective").get<bool>(), value || row.at("name") != name);
        const auto kept = loadSettings(rig.folder / "settings.json", {});
        VERIFY_RESULT(kept);
        for (const FeatureSpec& spec : featureTable())
            QCOMPARE((*kept).*spec.setting, value || spec.name.text() != name);
    }
}

void TestFeatureFlagOperations::isTheSettingOfItsName()
{
    QFETCH(std::string, name);
    FlagRig rig;
    VERIFY_RESULT(rig.setFlag(name, false));
    QCOMPARE(rig.call("settings.get_settings").value().at(name).get<bool>(), false);
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{name, true}}));
    QVERIFY(rig.areAllOn());
}

void TestFeatureFlagOperations::beginsAsTheFileSays()
{
    FlagRig rig;
    rig.settings.directIo = false;
    for (const Json& row : rig.flags())
        QVERIFY(row.at("state") == (row.at("name") == "direct_io" ? "off" : "on"));
}

void TestFeatureFlagOperations::refusesWhatIsNoFlag_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("code");
    const auto row = [](const char* name, const char* request, ErrorCode code) {
        QTest::newRow(name) << QByteArray{request} << static_cast<int>(code);
    };
    row("unknown", R"({"name": "process_sharing", "value": true})", ErrorCode::InvalidValue);
    row("a setting that is no flag", R"({"name": "use_cuda", "value": true})", ErrorCode::InvalidValue);
    row("written otherwise", R"({"name": "DirectIo", "value": true})", ErrorCode::InvalidValue);
    row("no name", R"({"value": true})", ErrorCode::MissingField);
    row("no value", R"({"name": "direct_io"})", ErrorCode::MissingField);
    row("number", R"({"name": "direct_io", "value": 0})", ErrorCode::InvalidValue);
    row("text", R"({"name": "direct_io", "value": "off"})", ErrorCode::InvalidValue);
    row("null", R"({"name": "direct_io", "value": null})", ErrorCode::InvalidValue);
    row("list", R"({"name": ["direct_io"], "value": false})", ErrorCode::InvalidValue);
    row("more", R"({"name": "direct_io", "value": false, "direct_io": false})", ErrorCode::UnknownField);
}

void TestFeatureFlagOperations::refusesWhatIsNoFlag()
{
    QFETCH(QByteArray, request);
    QFETCH(int, code);
    FlagRig rig;
    VERIFY_ERROR(rig.call("settings.post_feature_flag_update", parseJson(request.toStdString()).value()),
        static_cast<ErrorCode>(code));
    QVERIFY(rig.areAllOn());
    QVERIFY(!std::filesystem::exists(rig.folder / "settings.json"));
}

void TestFeatureFlagOperations::leavesADamagedFileAlone()
{
    const std::vector<std::pair<std::string, ErrorCode>> damages{{"{\"direct_io\": fals", ErrorCode::InvalidJson},
        {R"({"direct_io": "off"})", ErrorCode::InvalidValue}, {R"({"direct_oi": false})", ErrorCode::UnknownField}};
    for (const auto& [content, code] : damages) {
        FlagRig rig;
        rig.folder.write("settings.json", content);
        const auto changed = rig.setFlag("direct_io", false);
        VERIFY_ERROR(changed, code);
        QVERIFY(changed.error().context.path.ends_with("settings.json"));
        QVERIFY(rig.areAllOn());
        QCOMPARE(readSmallFile(rig.folder / "settings.json", kMiB).value(), content);
    }
}

void TestFeatureFlagOperations::changesNothingThatCannotBeKept()
{
    FlagRig rig;
    std::filesystem::create_directory(rig.folder / "settings.json");
    QVERIFY(!rig.setFlag("direct_io", false));
    QVERIFY(rig.areAllOn());
}

QTEST_APPLESS_MAIN(TestFeatureFlagOperations)
#include "test_feature_flag_operations.moc"
