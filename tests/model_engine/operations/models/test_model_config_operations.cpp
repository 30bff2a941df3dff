// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/catalog_store.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/manual_clock.h"
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
    void needsNoNotesAndTakesThemAway();
    void overridesTheDetectionAndTakesItBack();
    void refusesAStrangeValueAndKeepsTheRest();
    void reportsAMissingModel();
    void survivesARestart();
    void aStoreThatCannotBeWrittenChangesNothing();
    void leavesAloneWhatALaterVersionWrote_data();
    void leavesAloneWhatALaterVersionWrote();
    void keepsSettingsOfAModelThatComesBack();
    void forgetsSettingsWithTheModel();

private:
    /// Closes the engine and opens it again with a store on the disk and a clock of the test.
    void keepOnDisk()
    {
        m_clock = std::make_shared<ManualClock>();
        m_rig->clock = m_clock;
        m_rig->dataFolder = m_rig->folder / "data";
        m_rig->close();
        m_rig->write("beret", kKiB); // so that a folder without hats is not an empty one
    }
    /// The kept documents, as they stand on the disk. The engine must be closed.
    [[nodiscard]] std::map<ModelId, Json> documents()
    {
        NullLog log;
        auto loaded = CatalogStore{m_rig->folder / "data", *m_clock, log}.loadModelSettings();
        return loaded ? std::move(*loaded) : std::map<ModelId, Json>{};
    }
    [[nodiscard]] Result<Json> update(Json fields)
    {
        fields["model_id"] = m_id;
        return m_rig->call("model.post_model_config_update", fields);
    }
    [[nodiscard]] Result<Json> config() { return m_rig->call("model.get_model_config", {{"model_id", m_id}}); }
    [[nodiscard]] Result<Json> model() { return m_rig->call("model.get_model", {{"model_id", m_id}}); }

    std::shared_ptr<ManualClock> m_clock; ///< before the rig: its engine uses it
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
            + R"(","tags":[],"notes":"","is_favorite":false,"is_pinned":false,"keep_alive_seconds":-1,"model_type":null,"architecture":null,)"
              R"("prediction_type":null,"preferred_precision":"by_level","weights_variant":null})");
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

void TestModelConfigOperations::needsNoNotesAndTakesThemAway()
{
    for (const Json& none : {Json(""), Json(nullptr)}) {
        VERIFY_RESULT(update({{"notes", "red"}}));
        const auto answer = update({{"tags", {"hats"}}, {"notes", none}});
        VERIFY_RESULT(answer);
        QCOMPARE(answer->at("notes").get<std::string>(), std::string{});
        QCOMPARE(writeJson(answer->at("tags")), std::string{R"(["hats"])"});
    }
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
        std::string{R"({"model_type":"lora","architecture":"sdxl","prediction_type":null,"weights_variant":null})"});
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

void TestModelConfigOperations::leavesAloneWhatALaterVersionWrote_data()
{
    QTest::addColumn<std::string>("document");
    QTest::newRow("a new field") << std::string{R"({"tags":["hats"],"rating":5})"};
    QTest::newRow("a new word") << std::string{R"({"architecture":"of next year"})"};
    QTest::newRow("another form") << std::string{R"(["hats"])"};
}

void TestModelConfigOperations::leavesAloneWhatALaterVersionWrote()
{
    QFETCH(std::string, document);
    const Json written = Json::parse(document);
    keepOnDisk();
    {
        NullLog log;
        CatalogStore store{m_rig->folder / "data", *m_clock, log};
        VERIFY_RESULT(store.saveModelSettings({m_id}, written));
    }
    VERIFY_RESULT(m_rig->scan());
    const auto refused = update({{"notes", "x"}});
    VERIFY_ERROR(refused, ErrorCode::Unsupported);
    QVERIFY(refused.error().detail.find("later version") != std::string::npos);
    QCOMPARE(refused.error().context.modelId.text, m_id);
    VERIFY_ERROR(config(), ErrorCode::Unsupported); // not as if nothing had been said
    const std::string other = m_rig->idOf("beret");
    VERIFY_RESULT(m_rig->call("model.post_model_config_update", {{"model_id", other}, {"notes", "y"}}));
    m_rig->close();
    QVERIFY(documents().at({m_id}) == written);
}

void TestModelConfigOperations::keepsSettingsOfAModelThatComesBack()
{
    keepOnDisk();
    VERIFY_RESULT(m_rig->scan());
    VERIFY_RESULT(update({{"tags", {"hats"}}}));
    std::filesystem::rename(m_rig->folder / "models/hat.safetensors", m_rig->folder / "elsewhere");
    VERIFY_RESULT(m_rig->scan());
    m_clock->advance(std::chrono::hours{24 * 90});
    VERIFY_RESULT(m_rig->scan());
    std::filesystem::rename(m_rig->folder / "elsewhere", m_rig->folder / "models/hat.safetensors");
    VERIFY_RESULT(m_rig->scan());
    const auto answer = config();
    VERIFY_RESULT(answer);
    QCOMPARE(writeJson(answer->at("tags")), std::string{R"(["hats"])"});
}

void TestModelConfigOperations::forgetsSettingsWithTheModel()
{
    keepOnDisk();
    VERIFY_RESULT(m_rig->scan());
    VERIFY_RESULT(update({{"tags", {"hats"}}}));
    std::filesystem::rename(m_rig->folder / "models/hat.safetensors", m_rig->folder / "elsewhere");
    VERIFY_RESULT(m_rig->scan());
    m_clock->advance(std::chrono::hours{24 * 91});
    VERIFY_RESULT(m_rig->scan());
    VERIFY_RESULT(m_rig->scan()); // not remembered anew either
    std::filesystem::rename(m_rig->folder / "elsewhere", m_rig->folder / "models/hat.safetensors");
    VERIFY_RESULT(m_rig->scan());
    m_id = m_rig->idOf("hat");
    const auto answer = config();
    VERIFY_RESULT(answer);
    QVERIFY(answer->at("tags").empty());
    m_rig->close();
    QVERIFY(documents().empty());
}

QTEST_APPLESS_MAIN(TestModelConfigOperations)
#include "test_model_config_operations.moc"
