// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

class TestModelConfigOperations : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void answersWithNothingSaid();
    void keepsWhatTheUserSays();
    void overridesTheDetectionAndTakesItBack();
    void refusesAStrangeValueAndKeepsTheRest();
    void reportsAMissingModel();
    void survivesARestart();
    void aStoreThatCannotBeWrittenChangesNothing();

private:
    [[nodiscard]] Result<Json> update(Json fields)
    {
        fields["model_id"] = m_id;
        return m_rig->call("model.post_model_config_update", fields);
    }
    [[nodiscard]] Result<Json> config() { return m_rig->call("model.get_model_config", {{"model_id", m_id}}); }
    [[nodiscard]] Result<Json> model() { return m_rig->call("model.get_model", {{"model_id", m_id}}); }

    std::optional<EngineRig> m_rig;
    std::string m_id;
};

void TestModelConfigOperations::init()
{
    m_rig.emplace();
    m_rig->write("hat", kKiB);
    VERIFY_RESULT(m_rig->scan());
    m_id = m_rig->idOf("hat");
}

void TestModelConfigOperations::answersWithNothingSaid()
{
    const auto answer = config();
    VERIFY_RESULT(answer);
    QCOMPARE(writeJson(*answer),
        R"({"model_id":")" + m_id
            + R"(","tags":[],"notes":"","is_favorite":false,"model_type":null,"architecture":null,)"
              R"("prediction_type":null})");
    const auto row = model();
    VERIFY_RESULT(row);
    QVERIFY(row->at("override").is_null());
    QVERIFY(row->at("tags").empty());
    QVERIFY(!row->at("is_favorite").get<bool>());
}

void TestModelConfigOperations::keepsWhatTheUserSays()
{
    VERIFY_RESULT(update({{"tags", {"hats"}}, {"notes", "red"}}));
    const auto answer = update({{"is_favorite", true}});
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("notes").get<std::string>(), std::string{"red"});
    const auto row = model();
    VERIFY_RESULT(row);
    QCOMPARE(writeJson(row->at("tags")), std::string{R"(["hats"])"});
    QVERIFY(row->at("is_favorite").get<bool>());
    QVERIFY(row->at("override").is_null());
}

void TestModelConfigOperations::overridesTheDetectionAndTakesItBack()
{
    VERIFY_RESULT(update({{"model_type", "lora"}, {"architecture", "sdxl"}}));
    auto row = model();
    VERIFY_RESULT(row);
    QCOMPARE(row->at("model_type").get<std::string>(), std::string{"lora"});
    QCOMPARE(row->at("architecture").get<std::string>(), std::string{"sdxl"});
    QCOMPARE(row->at("detected").at("model_type").get<std::string>(), std::string{"unknown"});
    QCOMPARE(writeJson(row->at("override")),
        std::string{R"({"model_type":"lora","architecture":"sdxl","prediction_type":null})"});
    // The filter goes by what the model is taken for.
    const auto loras = m_rig->call("model.get_available_models", {{"model_types", {"lora"}}});
    VERIFY_RESULT(loras);
    QCOMPARE(loras->at("models").size(), std::size_t{1});

    VERIFY_RESULT(update({{"model_type", "detected"}, {"architecture", "detected"}}));
    row = model();
    VERIFY_RESULT(row);
    QCOMPARE(row->at("model_type").get<std::string>(), std::string{"unknown"});
    QVERIFY(row->at("override").is_null());
}

void TestModelConfigOperations::refusesAStrangeValueAndKeepsTheRest()
{
    VERIFY_RESULT(update({{"notes", "red"}}));
    const auto refused = update({{"notes", "blue"}, {"model_type", "banana"}});
    VERIFY_ERROR(refused, ErrorCode::InvalidValue);
    QCOMPARE(refused.error().context.field, std::string{"model_type"});
    const auto answer = config();
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("notes").get<std::string>(), std::string{"red"});
}

void TestModelConfigOperations::reportsAMissingModel()
{
    m_id = "nobody";
    VERIFY_ERROR(config(), ErrorCode::ModelNotFound);
    VERIFY_ERROR(update({{"notes", "x"}}), ErrorCode::ModelNotFound);
}

void TestModelConfigOperations::survivesARestart()
{
    m_rig->dataFolder = m_rig->folder / "data";
    m_rig->close();
    VERIFY_RESULT(m_rig->scan());
    VERIFY_RESULT(update({{"tags", {"hats"}}}));
    m_rig->close();
    VERIFY_RESULT(m_rig->scan());
    QVERIFY(m_rig->engine().snapshot()->models.front().settings != nullptr); // without being asked for
    const auto answer = config();
    VERIFY_RESULT(answer);
    QCOMPARE(writeJson(answer->at("tags")), std::string{R"(["hats"])"});
    VERIFY_RESULT(update({{"tags", Json::array()}}));
    m_rig->close();
    VERIFY_RESULT(m_rig->scan());
    const auto empty = config();
    VERIFY_RESULT(empty);
    QVERIFY(empty->at("tags").empty());
}

void TestModelConfigOperations::aStoreThatCannotBeWrittenChangesNothing()
{
    // A folder cannot be made where a file is.
    m_rig->dataFolder = m_rig->folder.write("data", "a file");
    m_rig->close();
    VERIFY_RESULT(m_rig->scan());
    QVERIFY(!update({{"notes", "x"}}));
    const auto row = model();
    VERIFY_RESULT(row);
    QVERIFY(m_rig->engine().snapshot()->models.front().settings == nullptr);
}

QTEST_APPLESS_MAIN(TestModelConfigOperations)
#include "test_model_config_operations.moc"
