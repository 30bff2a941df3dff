// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/model_settings.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;

class TestModelSettings : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void changesWhatIsNamed();
    void takesOverridesBack();
    void keepsEachTagOnce();
    void refusesStrangeValues_data();
    void refusesStrangeValues();
    void survivesTheWayThroughJson();
    void theOverrideSpeaksBeforeTheDetection();
};

void TestModelSettings::changesWhatIsNamed()
{
    const auto first = changedSettings({}, {{"notes", "good hands"}, {"tags", {"portrait"}}});
    VERIFY_RESULT(first);
    const auto second = changedSettings(*first, {{"is_favorite", true}});
    VERIFY_RESULT(second);
    QCOMPARE(second->notes, std::string{"good hands"});
    QCOMPARE(second->tags.size(), 1U);
    QVERIFY(second->isFavorite);
    QVERIFY(!second->isEmpty());
}

void TestModelSettings::takesOverridesBack()
{
    const auto taken = changedSettings({},
        {{"model_type", "lora"}, {"architecture", "sdxl"}, {"prediction_type", "v_prediction"},
            {"weights_variant", "fp16"}});
    VERIFY_RESULT(taken);
    QCOMPARE(taken->weightsVariant, std::string{"fp16"});
    QVERIFY(taken->kind == ModelKind::Lora);
    QVERIFY(taken->architecture == Architecture::Sdxl);
    QVERIFY(taken->prediction == PredictionType::VPrediction);
    const auto back = changedSettings(*taken,
        {{"model_type", "detected"}, {"architecture", nullptr}, {"prediction_type", "detected"},
            {"weights_variant", "default"}});
    VERIFY_RESULT(back);
    QVERIFY(back->isEmpty());
}

void TestModelSettings::keepsEachTagOnce()
{
    const auto settings = changedSettings({}, {{"tags", {"a", "b", "a"}}});
    VERIFY_RESULT(settings);
    QVERIFY((settings->tags == std::vector<std::string>{"a", "b"}));
}

void TestModelSettings::refusesStrangeValues_data()
{
    QTest::addColumn<Json>("change");
    QTest::addColumn<ErrorCode>("expected");
    const auto row = [](const char* name, const Json& change, ErrorCode code = ErrorCode::InvalidValue) {
        QTest::newRow(name) << change << code;
    };
    row("no such field", {{"colour", "red"}}, ErrorCode::UnknownField);
    row("tags that are no list", {{"tags", "a"}});
    row("a tag that is no text", {{"tags", {1}}});
    row("an empty tag", {{"tags", {""}}});
    row("a long tag", {{"tags", {std::string(kLongestTag + 1, 'a')}}});
    row("a line break in a tag", {{"tags", {"a\nb"}}});
    row("a bidi control in a tag", {{"tags", {"a\u202Eb"}}});
    row("too many tags", {{"tags", std::vector<std::string>(kMostTags + 1, "a")}});
    row("notes that are no text", {{"notes", 1}});
    row("long notes", {{"notes", std::string(kLongestNotes + 1, 'a')}});
    row("a time below for ever", {{"keep_alive_seconds", -2}});
    row("more than a month", {{"keep_alive_seconds", kLongestKeepAlive.count() + 1}});
    row("a time beyond 64 bits", {{"keep_alive_seconds", ~0ULL}});
    row("a time that is no whole number", {{"keep_alive_seconds", 1.5}});
    row("a time that is a text", {{"keep_alive_seconds", "300"}});
    row("a favourite that is no boolean", {{"is_favorite", 1}});
    row("a kind that is none", {{"model_type", "banana"}});
    row("the unknown kind", {{"model_type", "unknown"}});
    row("a kind that is no text", {{"model_type", 3}});
    row("an architecture that is none", {{"architecture", "sd99"}});
    row("a prediction that is none", {{"prediction_type", "unknown"}});
    row("a variant without a name", {{"weights_variant", ""}});
    row("a variant that is no text", {{"weights_variant", 16}});
    row("a long variant", {{"weights_variant", std::string(kLongestVariant + 1, 'a')}});
    row("a line break in a variant", {{"weights_variant", "fp\n16"}});
}

void TestModelSettings::refusesStrangeValues()
{
    QFETCH(const Json, change);
    QFETCH(const ErrorCode, expected);
    const auto changed = changedSettings({}, change);
    VERIFY_ERROR(changed, expected);
    QCOMPARE(changed.error().context.field, change.items().begin().key());
}

void TestModelSettings::survivesTheWayThroughJson()
{
    ModelSettings settings{.tags = {"a", "ü"},
        .notes = "line\nline",
        .isFavorite = true,
        .kind = ModelKind::Vae,
        .architecture = Architecture::Flux,
        .prediction = PredictionType::Flow,
        .weightsVariant = "non_ema"};
    const auto again = changedSettings({}, toJson(settings));
    VERIFY_RESULT(again);
    QVERIFY(*again == settings);
    const auto empty = changedSettings({}, toJson(ModelSettings{}));
    VERIFY_RESULT(empty);
    QVERIFY(empty->isEmpty());
}

void TestModelSettings::theOverrideSpeaksBeforeTheDetection()
{
    Identification identified;
    identified.kind = ModelKind::Vae;
    identified.prediction = PredictionType::Epsilon;
    const ModelSettings settings{
        .tags = {}, .notes = {}, .isFavorite = false, .kind = {}, .architecture = Architecture::Sdxl, .prediction = {}};
    const EffectiveIdentity identity = effectiveIdentity(identified, &settings);
    QVERIFY(identity.kind == ModelKind::Vae);
    QVERIFY(identity.architecture == Architecture::Sdxl);
    QVERIFY(identity.prediction == PredictionType::Epsilon);
    QVERIFY(effectiveIdentity(identified, nullptr).architecture == Architecture::Unknown);
}

QTEST_APPLESS_MAIN(TestModelSettings)
#include "test_model_settings.moc"
