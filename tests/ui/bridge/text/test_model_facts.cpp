// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/architecture_name.h"
#include "ui/bridge/text/model_facts.h"
#include "ui/bridge/text/model_text.h"

#include <QLocale>
#include <QSet>
#include <QTest>

using namespace weightroom;
using namespace weightroom::ui;

namespace {

engine::ModelRecord record()
{
    engine::ModelRecord record;
    record.id = {"m"};
    record.name = "m";
    record.files = {{{}, {.size = engine::kMiB}}};
    return record;
}

} // namespace

class TestModelFacts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void everyKindHasItsText();
    void everyComponentKindHasItsText();
    void everyArchitectureHasItsName();
    void whatIsNoKindIsUnknown();
    void saysWhatALoraIs();
    void saysWhatIsOpen();
    void everyProblemHasARemark();
    void namesTheFirstTensorThatIsMissing();
    void longNamesAreCut();
};

void TestModelFacts::everyKindHasItsText()
{
    QSet<QString> texts;
    constexpr int kLast = static_cast<int>(engine::ModelKind::MotionModule);
    for (int value = 0; value <= kLast; ++value) {
        engine::ModelRecord model = record();
        model.identified.kind = static_cast<engine::ModelKind>(value);
        texts.insert(kindText(modelFacts(model).kind));
    }
    QCOMPARE(texts.size(), kLast + 1);
    QVERIFY(!texts.contains(QString()));
}

void TestModelFacts::everyComponentKindHasItsText()
{
    QSet<QString> texts;
    constexpr int kLast = static_cast<int>(engine::ComponentKind::Upscaler);
    for (int value = 0; value <= kLast; ++value) {
        engine::ModelRecord model = record();
        engine::ComponentRecord component;
        component.kind = static_cast<engine::ComponentKind>(value);
        model.identified.components = {component};
        texts.insert(componentKindText(modelFacts(model).components.front().kind));
    }
    QCOMPARE(texts.size(), kLast + 1);
    QVERIFY(!texts.contains(QString()));
}

void TestModelFacts::everyArchitectureHasItsName()
{
    QSet<QString> names;
    constexpr int kLast = static_cast<int>(engine::kLastArchitecture);
    for (int value = 0; value <= kLast; ++value)
        names.insert(architectureName(static_cast<engine::Architecture>(value)));
    QCOMPARE(names.size(), kLast + 1);
    QVERIFY(architectureName(engine::Architecture::Unknown).isEmpty());
    QCOMPARE(architectureName(engine::Architecture::Flux2), QStringLiteral("Flux.2"));
}

void TestModelFacts::whatIsNoKindIsUnknown()
{
    engine::ModelRecord model = record();
    model.identified.kind = static_cast<engine::ModelKind>(255);
    QCOMPARE(modelFacts(model).kind, ModelKind::Unknown);
    QVERIFY(kindText(static_cast<ModelKind>(255)).isEmpty());
}

void TestModelFacts::saysWhatALoraIs()
{
    engine::ModelRecord model = record();
    model.identified.kind = engine::ModelKind::Lora;
    model.identified.variant = "kohya";
    model.identified.baseVariant = "klein-4b";
    model.identified.rank = 16;
    QCOMPARE(modelFacts(model).variant, QStringLiteral("kohya, klein-4b, rank 16"));
    model.identified = {};
    QVERIFY(modelFacts(model).variant.isEmpty());
}

void TestModelFacts::saysWhatIsOpen()
{
    engine::ModelRecord model = record();
    QVERIFY(modelFacts(model).remarks.isEmpty());
    model.identified.candidates = {engine::Architecture::Sd1, engine::Architecture::Sdxl};
    const ModelFacts facts = modelFacts(model);
    QCOMPARE(facts.remarks.size(), 1);
    QVERIFY(facts.remarks.front().contains(QStringLiteral("SD 1.x, SDXL")));
}

void TestModelFacts::everyProblemHasARemark()
{
    QSet<QString> remarks;
    constexpr int kLast = static_cast<int>(engine::ModelProblem::MissingTensors);
    for (int value = 1; value <= kLast; ++value) {
        engine::ModelRecord model = record();
        model.identified.problems = {static_cast<engine::ModelProblem>(value)};
        const ModelFacts facts = modelFacts(model);
        // The line of evidence says this one.
        QCOMPARE(facts.remarks.size(), value == static_cast<int>(engine::ModelProblem::UnknownArchitecture) ? 0 : 1);
        remarks.unite(QSet<QString>(facts.remarks.begin(), facts.remarks.end()));
        QVERIFY(!facts.problem); // it can be used
    }
    QCOMPARE(remarks.size(), kLast - 1);
}

void TestModelFacts::namesTheFirstTensorThatIsMissing()
{
    engine::ModelRecord model = record();
    model.identified.problems = {engine::ModelProblem::MissingTensors};
    model.identified.missing = {1234, {"out.weight", "out.bias"}};
    model.identified.extra = {2, {"more\x1b", "and more"}};
    const ModelFacts facts = modelFacts(model);
    QCOMPARE(facts.remarks.size(), 2);
    QVERIFY(facts.remarks[0].contains(QStringLiteral("1,234")));
    QVERIFY(facts.remarks[0].contains(QStringLiteral("out.weight")));
    QVERIFY(facts.remarks[1].contains(QStringLiteral("more\u27e8U+001B\u27e9")));
}

void TestModelFacts::longNamesAreCut()
{
    engine::ModelRecord model = record();
    model.identified.extra = {1, {std::string(100'000, 'x')}};
    QVERIFY(modelFacts(model).remarks.front().size() < 300);
}

QTEST_GUILESS_MAIN(TestModelFacts)
#include "test_model_facts.moc"
