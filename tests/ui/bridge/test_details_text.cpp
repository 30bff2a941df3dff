// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/details_text.h"

#include <QTest>

using namespace weightroom::ui;
using weightroom::engine::Json;

namespace {

Json said(const Json& value, const char* source = "header")
{
    return {{"value", value}, {"source", source}, {"alternatives", Json::array()}};
}

} // namespace

class TestDetailsText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fieldsStandInTheirOrder();
    void valuesAreShownAsTheyAre_data();
    void valuesAreShownAsTheyAre();
    void othersAreHeardToo();
    void sidecarsThatCannotBeReadAreNamed();
    void aDeletionIsPutIntoWords();
    void aValidationIsPutIntoWords();
    void matchesArePutIntoWords();
    void aLayoutHasItsTitle();
    void emptyAnswersAreNothing();
};

void TestDetailsText::fieldsStandInTheirOrder()
{
    const ModelDetails details = modelDetails(
        {{"model_id", "hat"}, {"fields", {{"description", said("d")}, {"title", said("t")}, {"air", said("urn")}}},
            {"training", {{"network_dim", said(16)}}}, {"hashes", {{"sha256", said("ab")}}}});
    QCOMPARE(details.modelId, QStringLiteral("hat"));
    QStringList labels;
    for (const DetailField& field : details.fields)
        labels.append(field.label);
    QCOMPARE(labels,
        (QStringList{QStringLiteral("Title"), QStringLiteral("Description"), QStringLiteral("Rank"),
            QStringLiteral("SHA-256 (claimed)")}));
}

void TestDetailsText::valuesAreShownAsTheyAre_data()
{
    QTest::addColumn<Json>("value");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, const Json& value, const char* expected) {
        QTest::newRow(name) << value << QString::fromUtf8(expected);
    };
    row("a text", "hat", "hat");
    row("a number", 0.7, "0.7");
    row("a boolean", true, "yes");
    row("a list", {"hat", "red hat"}, "hat, red hat");
    row("tags with their numbers", {{{"tag", "hat"}, {"count", 10}}}, "hat");
    row("lines", "one\r\ntwo", "one\ntwo");
    row("HTML", "<p>Use <b>hat</b></p><p>with 0.7 &amp; more</p>", "Use hat\nwith 0.7 & more");
    row("what only looks like HTML", "<lora:hat:0.8> 1 < 2", "<lora:hat:0.8> 1 < 2");
    row("an escape sequence", "a\x1b[31mb", "a\u27e8U+001B\u27e9[31mb");
}

void TestDetailsText::valuesAreShownAsTheyAre()
{
    QFETCH(const Json, value);
    const ModelDetails details = modelDetails({{"fields", {{"title", said(value)}}}});
    QCOMPARE(details.fields.size(), 1);
    QTEST(details.fields.first().value, "expected");
}

void TestDetailsText::othersAreHeardToo()
{
    Json title = said("Hats", "hat.civitai.info");
    title["alternatives"].push_back({{"value", "My hats"}, {"source", "hat.json"}});
    const ModelDetails details = modelDetails({{"fields", {{"title", title}}}});
    QCOMPARE(details.fields.first().source, QStringLiteral("hat.civitai.info"));
    QCOMPARE(details.fields.first().alternatives, QStringList{QStringLiteral("hat.json says: My hats")});
}

void TestDetailsText::sidecarsThatCannotBeReadAreNamed()
{
    const ModelDetails details = modelDetails({{"sidecars",
        {{{"path", "/a.json"}, {"problem", nullptr}},
            {{"path", "/b.json"}, {"problem", {{"code", "invalid_json"}}}}}}});
    QCOMPARE(details.problems, QStringList{QStringLiteral("/b.json cannot be read.")});
}

void TestDetailsText::aDeletionIsPutIntoWords()
{
    const DeletionView view = deletionView({{"model_id", "hat"}, {"files", {"/hat.safetensors", "/hat.json"}},
        {"kept_files",
            {{{"path", "/vae"}, {"reason", "own_model"}}, {{"path", "/x"}, {"reason", "other_model"}},
                {{"path", "/y"}, {"reason", "link_target"}}, {{"path", "/z"}, {"reason", "other_content"}}}},
        {"size_bytes", 12}, {"in_memory", "HOST_0"}});
    QCOMPARE(view.files.size(), 2);
    QCOMPARE(view.bytes, quint64{12});
    QCOMPARE(view.inMemory, QStringLiteral("HOST_0"));
    QCOMPARE(view.kept,
        (QStringList{QStringLiteral("/vae: it is a model of its own"), QStringLiteral("/x: another model needs it"),
            QStringLiteral("/y: the model is only a link to it"),
            QStringLiteral("/z: other models lie in this folder")}));
}

void TestDetailsText::aValidationIsPutIntoWords()
{
    const ValidationView view = validationView({{"model_id", "hat"}, {"is_valid", false},
        {"checks",
            {{{"check", "structure"}, {"status", "passed"}, {"detail", "d"}},
                {{"check", "values"}, {"status", "failed"}}, {{"check", "hashes"}, {"status", "warning"}},
                {{"check", "new check"}, {"status", "not_applicable"}}}},
        {"tensors_with_problems",
            {{{"name", "a"}, {"nan_count", 3}, {"inf_count", 1}, {"is_all_zero", false}},
                {{"name", "b"}, {"nan_count", 0}, {"inf_count", 0}, {"is_all_zero", true}}}}});
    QVERIFY(!view.isValid);
    QCOMPARE(view.checks.size(), 4);
    QCOMPARE(view.checks[0].name, QStringLiteral("Structure of the file"));
    QCOMPARE(view.checks[0].status, CheckStatus::Passed);
    QCOMPARE(view.checks[1].status, CheckStatus::Failed);
    QCOMPARE(view.checks[2].status, CheckStatus::Warning);
    QCOMPARE(view.checks[3].name, QStringLiteral("new check"));
    QCOMPARE(view.checks[3].status, CheckStatus::Skipped);
    QCOMPARE(
        view.tensors, (QStringList{QStringLiteral("a: 3 NaN, 1 infinite"), QStringLiteral("b: all values are zero")}));
}

void TestDetailsText::matchesArePutIntoWords()
{
    const Json match{{"model_id", "v"}, {"name", "ae"}, {"model_type", "vae"}, {"verdict", "perhaps"},
        {"reason", "base_unknown"}, {"detail", "d"}};
    const CompatibilityView view = compatibilityView({{"model_id", "hat"}, {"works_with", {match}},
        {"needs",
            {{{"model_type", "vae"}, {"architectures", {"flux"}}, {"is_optional", false}, {"candidates", {match}}},
                {{"model_type", "text-encoder"}, {"architectures", Json::array()}, {"is_optional", false},
                    {"candidates", Json::array()}},
                {{"model_type", "text-encoder"}, {"architectures", {"t5-xxl"}}, {"is_optional", true},
                    {"candidates", Json::array()}}}}});
    QCOMPARE(view.matches.size(), 1);
    QCOMPARE(view.matches.first().kind, QStringLiteral("VAE"));
    QCOMPARE(view.matches.first().verdict, Verdict::Perhaps);
    QCOMPARE(view.matches.first().reason, QStringLiteral("What it belongs to is not known"));
    QCOMPARE(view.needs,
        (QStringList{QStringLiteral("It needs another part: VAE (flux). The library has 1: ae."),
            QStringLiteral("It needs another part: Text encoder. The library has none."),
            QStringLiteral("It can use another part: Text encoder (t5-xxl). The library has none.")}));
}

void TestDetailsText::aLayoutHasItsTitle()
{
    const LayoutView known = layoutView({{"title", "ComfyUI"}, {"directories", {{{"path", "/a"}}, {{"path", "/b"}}}}});
    QCOMPARE(known.title, QStringLiteral("ComfyUI"));
    QCOMPARE(known.directories, 2);
    QVERIFY(layoutView({{"title", nullptr}}).title.isEmpty());
}

void TestDetailsText::emptyAnswersAreNothing()
{
    QVERIFY(modelDetails(Json::object()).fields.isEmpty());
    QVERIFY(deletionView(Json::object()).files.isEmpty());
    QVERIFY(validationView(Json::object()).checks.isEmpty());
}

QTEST_GUILESS_MAIN(TestDetailsText)
#include "test_details_text.moc"
