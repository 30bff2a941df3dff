// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/sidecar_values.h"

#include <QTest>

using namespace weightroom::ui;
using weightroom::engine::Json;

class TestSidecarValues : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void eachFileSaysItsOwn();
    void valuesBecomeARequest();
};

void TestSidecarValues::eachFileSaysItsOwn()
{
    const Json notes{{"value", "hub's"}, {"source", "hat.metadata.json"},
        {"alternatives", {{{"value", "mine"}, {"source", "hat.json"}}}}};
    const Json words{{"value", {"hat", "red"}}, {"source", "hat.json"}, {"alternatives", Json::array()}};
    const QList<SidecarTarget> targets = sidecarTargets({{"fields", {{"notes", notes}, {"trigger_words", words}}},
        {"writable_sidecars",
            {{{"dialect", "a1111"}, {"path", "/m/hat.json"}, {"exists", true},
                {"fields", {"notes", "trigger_words", "preferred_weight"}}}}}});
    QCOMPARE(targets.size(), 1);
    QCOMPARE(targets[0].fileName, QStringLiteral("hat.json"));
    QVERIFY(targets[0].exists);
    QCOMPARE(targets[0].fields[0].value, QVariant(QStringLiteral("mine")));
    QCOMPARE(targets[0].fields[1].value, QVariant(QStringList{QStringLiteral("hat"), QStringLiteral("red")}));
    QVERIFY(!targets[0].fields[2].value.isValid());
}

void TestSidecarValues::valuesBecomeARequest()
{
    const Json request = sidecarRequest({.modelId = QStringLiteral("hat"),
        .dialect = QStringLiteral("a1111"),
        .fields = {{QStringLiteral("notes"), QStringLiteral("n")}, {QStringLiteral("preferred_weight"), 0.7},
            {QStringLiteral("trigger_words"), QStringList{QStringLiteral("hat")}}, {QStringLiteral("favorite"), true},
            {QStringLiteral("vae"), QVariant()}}});
    QCOMPARE(request.dump(),
        std::string(R"({"model_id":"hat","sidecar":"a1111","notes":"n","preferred_weight":0.7,)"
                    R"("trigger_words":["hat"],"favorite":true,"vae":null})"));
}

QTEST_GUILESS_MAIN(TestSidecarValues)
#include "test_sidecar_values.moc"
