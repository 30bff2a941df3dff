// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/details_text.h"

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
    void hashesSayHowTheyAreKnown();
    void aLayoutHasItsTitle();
    void anEmptyAnswerIsNothing();
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

void TestDetailsText::hashesSayHowTheyAreKnown()
{
    const auto hash = [](const char* algorithm, const char* value, const char* source) {
        return Json{{"algorithm", algorithm}, {"value", value}, {"source", source}};
    };
    const Json computed{
        {"path", "/a"}, {"hashes", {hash("autov2", "ab", "computed"), hash("sha256", "abcd", "computed")}}};
    const Json ofTheHub{{"path", "/b"}, {"hashes", {hash("sha256", "ef", "hub_blob_name")}}};
    const ModelDetails details = modelDetails({{"known_hashes", {computed}}});
    QCOMPARE(details.fields.size(), 2);
    QCOMPARE(details.fields[0].label, QStringLiteral("SHA-256"));
    QCOMPARE(details.fields[0].value, QStringLiteral("abcd"));
    QCOMPARE(details.fields[1].label, QStringLiteral("AutoV2"));
    QVERIFY(details.fields[0].source != modelDetails({{"known_hashes", {ofTheHub}}}).fields[0].source);
    QVERIFY(modelDetails({{"known_hashes", {computed, ofTheHub}}}).fields.isEmpty());
}

void TestDetailsText::aLayoutHasItsTitle()
{
    const LayoutView known = layoutView({{"title", "ComfyUI"}, {"directories", {{{"path", "/a"}}, {{"path", "/b"}}}}});
    QCOMPARE(known.title, QStringLiteral("ComfyUI"));
    QCOMPARE(known.directories, 2);
    QVERIFY(layoutView({{"title", nullptr}}).title.isEmpty());
}

void TestDetailsText::anEmptyAnswerIsNothing() { QVERIFY(modelDetails(Json::object()).fields.isEmpty()); }

QTEST_GUILESS_MAIN(TestDetailsText)
#include "test_details_text.moc"
