// SPDX-License-Identifier: GPL-3.0-or-later
//
// How operations end that the window has called, in the real window over a real engine.
#include "tests/ui/main_window/operations_rig.h"
#include "ui/widgets/job_strip.h"

#include <QComboBox>
#include <QLocale>
#include <QTest>
#include <QToolButton>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::OperationsRig;

namespace {

constexpr engine::Bytes kSmall = engine::kMiB * 3;
constexpr engine::Bytes kLarge = engine::kGiB;

} // namespace

class TestOperationOutcomes : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void longOnesLoad();
    void longOnesCanBeCancelled();
    void errorsAreShownWithTheirCode();
    void aJobThatFailsIsToldOnce();
    void whatTheEngineRefusesIsSaidAtTheField();
    void deletingAsksFirst();
    void someNeedAConnection();
    void badJsonIsSaidAndNothingIsCalled();
    void operationsRunBesideEachOther();
};

void TestOperationOutcomes::longOnesLoad()
{
    OperationsRig rig;
    rig.fixture.addModel("small", kSmall);
    QVERIFY(rig.fixture.scan());
    rig.fixture.select(QStringLiteral("small"));
    rig.choose("model.post_model_load");
    rig.type("device_id", QStringLiteral("HOST_0"));
    auto* verify = rig.part<QComboBox>(QStringLiteral("operationField_verify"));
    verify->setCurrentIndex(verify->findData(QStringLiteral("true")));
    rig.run();
    QVERIFY(!rig.runButton()->isEnabled());
    QTRY_VERIFY(!rig.answer().isEmpty());
    QCOMPARE(
        rig.answerObject().value(QStringLiteral("model_id")).toString(), rig.fixture.idOf(QStringLiteral("small")));
    QTRY_COMPARE(rig.fixture.state(QStringLiteral("small")), QStringLiteral("Loaded on HOST_0"));
    QVERIFY(rig.runButton()->isEnabled());
    // It is a job like any other.
    QTRY_COMPARE(rig.fixture.lastJob(JobKind::Load).state, JobState::Succeeded);
    QVERIFY(rig.panel()->findChild<JobStrip*>() == nullptr);
}

void TestOperationOutcomes::longOnesCanBeCancelled()
{
    OperationsRig rig;
    rig.fixture.addModel("large", kLarge);
    QVERIFY(rig.fixture.scan());
    rig.fixture.select(QStringLiteral("large"));
    rig.choose("model.post_model_load");
    // Pressed as soon as the running job stands there.
    connect(&rig.fixture.bridge(), &EngineBridge::jobChanged, &rig.fixture.window(), [&rig](const JobView& job) {
        const auto* strip = rig.panel()->findChild<JobStrip*>();
        if (strip != nullptr && job.state == JobState::Running)
            strip->findChild<QToolButton*>(QStringLiteral("cancelJob"))->click();
    });
    rig.run();
    QTRY_VERIFY(rig.error()->isVisible());
    QVERIFY2(rig.errorDetail().startsWith(QStringLiteral("cancelled")), qPrintable(rig.errorDetail()));
    QVERIFY(rig.answer().isEmpty());
    QVERIFY(rig.runButton()->isEnabled());
    QTRY_COMPARE(rig.fixture.memory(QStringLiteral("HOST_0")).held, quint64{0});
}

void TestOperationOutcomes::errorsAreShownWithTheirCode()
{
    OperationsRig rig;
    QSignalSpy refused(&rig.fixture.bridge(), &EngineBridge::requestRefused);
    rig.choose("model.get_model");
    rig.type("model_id", QStringLiteral("no-such-model"));
    rig.run();
    QTRY_VERIFY(rig.error()->isVisible());
    QCOMPARE(rig.errorSentence(), QStringLiteral("The model is not in the library any more."));
    QVERIFY2(rig.errorDetail().startsWith(QStringLiteral("model_not_found: ")), qPrintable(rig.errorDetail()));
    QVERIFY(rig.answer().isEmpty());
    QVERIFY(rig.runButton()->isEnabled());
    // The window behind it says nothing of it.
    QCOMPARE(refused.count(), 0);
    // What is offered beside the error is done by the window.
    const QList<QToolButton*> buttons = rig.error()->findChildren<QToolButton*>();
    const auto rescan = std::ranges::find(buttons, QStringLiteral("Scan again"), &QToolButton::text);
    QVERIFY(rescan != buttons.end());
    (*rescan)->click();
    QTRY_VERIFY(rig.fixture.lastJob(JobKind::Scan).isFinished());
}

void TestOperationOutcomes::aJobThatFailsIsToldOnce()
{
    OperationsRig rig;
    rig.choose("model.get_model_metadata");
    rig.run();
    QTRY_VERIFY(rig.error()->isVisible());
    QVERIFY2(rig.errorDetail().startsWith(QStringLiteral("missing_field")), qPrintable(rig.errorDetail()));
    QTRY_COMPARE(rig.fixture.lastJob(JobKind::Other).state, JobState::Failed);
    QVERIFY(!rig.fixture.find<QFrame>("banner")->isVisible());
    // Tried again where all jobs stand, it ends here once more; closed, the window behind tells of it.
    rig.dialog()->close();
    rig.fixture.bridge().retryJob(rig.fixture.lastJob(JobKind::Other).number);
    QTRY_COMPARE(rig.ended.count(), 2);
    QTRY_VERIFY(rig.fixture.find<QFrame>("banner")->isVisible());
}

void TestOperationOutcomes::whatTheEngineRefusesIsSaidAtTheField()
{
    OperationsRig rig;
    rig.choose("job.get_job");
    rig.run();
    QTRY_COMPARE(rig.problemAt("job_id"), QStringLiteral("The request is incomplete: job_id is missing."));
    rig.type("job_id", QStringLiteral("ten"));
    rig.part<QPushButton>(QStringLiteral("copyCommand"))->setFocus();
    rig.run();
    QTRY_COMPARE(rig.problemAt("job_id"), QStringLiteral("The value of job_id is not valid."));
    QVERIFY2(rig.errorDetail().contains(QStringLiteral("must be a whole number")), qPrintable(rig.errorDetail()));
    QCOMPARE(rig.dialog()->focusWidget(), rig.part<QLineEdit>(QStringLiteral("operationField_job_id")));
    QTRY_VERIFY(!rig.hasOverlap());
    rig.type("job_id", QStringLiteral("1000"));
    rig.run();
    QTRY_VERIFY(rig.errorDetail().startsWith(QStringLiteral("job_not_found")));
    QVERIFY(rig.problemAt("job_id").isEmpty());
}

void TestOperationOutcomes::deletingAsksFirst()
{
    OperationsRig rig;
    rig.keepPlan(QStringLiteral("mine"));
    QTRY_COMPARE(rig.ended.count(), 1);
    QVERIFY2(!rig.error()->isVisible(), qPrintable(rig.errorDetail()));
    rig.choose("preload.delete_preload_plan");
    rig.type("name", QStringLiteral("mine"));
    QCOMPARE(rig.fixture.prompts().questions(), 0);
    rig.run();
    QCOMPARE(rig.fixture.prompts().questions(), 1);
    QVERIFY(rig.runButton()->isEnabled());
    rig.choose("preload.get_preload_plans");
    rig.run();
    QTRY_COMPARE(rig.ended.count(), 2); // that of the list; refused, the other one was not called
    QCOMPARE(rig.plansShown(), 1);
    rig.choose("preload.delete_preload_plan");
    rig.fixture.prompts().confirmNext();
    rig.run();
    QTRY_COMPARE(rig.ended.count(), 3);
    QCOMPARE(rig.answerObject().value(QStringLiteral("name")).toString(), QStringLiteral("mine"));
    rig.choose("preload.get_preload_plans");
    rig.run();
    QTRY_COMPARE(rig.ended.count(), 4);
    QCOMPARE(rig.plansShown(), 0);
}

void TestOperationOutcomes::someNeedAConnection()
{
    OperationsRig rig;
    rig.choose("sharing.get_lease_tensors");
    QVERIFY(!rig.runButton()->isEnabled());
    QVERIFY(!rig.part<QLineEdit>(QStringLiteral("operationField_lease_id"))->isEnabled());
    const QList<QLabel*> labels = rig.panel()->findChildren<QLabel*>();
    QVERIFY(std::ranges::any_of(labels, [](const QLabel* label) {
        return label->isVisible()
            && label->text().startsWith(QStringLiteral("Only programs that are connected by the socket"));
    }));
    QTest::keyClick(rig.panel(), Qt::Key_Return, Qt::ControlModifier);
    rig.choose("sharing.get_leases");
    QVERIFY(rig.runButton()->isEnabled());
    rig.run();
    QTRY_COMPARE(rig.ended.count(), 1);
}

void TestOperationOutcomes::badJsonIsSaidAndNothingIsCalled()
{
    OperationsRig rig;
    rig.choose("preload.get_preload_plans");
    QVERIFY(rig.further() == nullptr); // what has no fields has no others either
    rig.choose("model.get_model_config");
    rig.further()->setPlainText(QStringLiteral("{\"model_id\": }"));
    rig.runButton()->setFocus();
    rig.run();
    QVERIFY2(rig.problemAt(kFurtherFields.latin1()).startsWith(QStringLiteral("This is not valid JSON: ")),
        qPrintable(rig.problemAt(kFurtherFields.latin1())));
    QCOMPARE(rig.dialog()->focusWidget(), rig.further());
    QVERIFY(rig.runButton()->isEnabled());
    // Once it can be read it goes to the engine, and is the first call that ends.
    rig.further()->setPlainText(QStringLiteral("{\"model_id\": 7}"));
    rig.run();
    QTRY_COMPARE(rig.ended.count(), 1);
    QVERIFY(rig.problemAt(kFurtherFields.latin1()).isEmpty());
    QVERIFY2(rig.errorDetail().startsWith(QStringLiteral("invalid_value")), qPrintable(rig.errorDetail()));
}

void TestOperationOutcomes::operationsRunBesideEachOther()
{
    OperationsRig rig;
    rig.fixture.addModel("small", kSmall);
    QVERIFY(rig.fixture.scan());
    rig.fixture.select(QStringLiteral("small"));
    rig.choose("model.post_model_load");
    rig.run();
    auto* loading = rig.panel();
    rig.choose("job.get_jobs");
    rig.run();
    // Neither has ended yet, however fast the engine is: this thread hears of it later.
    QVERIFY(loading->isRunning() && rig.panel()->isRunning());
    QTRY_VERIFY(!rig.answer().isEmpty());
    QVERIFY(rig.answer().contains("post_model_load"));
    QTRY_COMPARE(rig.ended.count(), 2);
    rig.choose("model.post_model_load");
    QCOMPARE(rig.panel(), loading);
    QVERIFY(rig.answerObject().contains(QStringLiteral("model_id")));
}

QTEST_MAIN(TestOperationOutcomes)
#include "test_operation_outcomes.moc"
