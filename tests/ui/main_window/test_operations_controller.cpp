// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every operation of the engine by the window, in the real window over a real engine.
#include "model_engine/engine.h"
#include "tests/ui/main_window/window_fixture.h"
#include "ui/models/operation_tree_model.h"
#include "ui/pages/operation_panel.h"
#include "ui/widgets/job_strip.h"
#include "ui/widgets/operation_form.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QDialog>
#include <QFrame>
#include <QGuiApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QMenuBar>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::WindowFixture;

namespace {

constexpr engine::Bytes kSmall = engine::kMiB * 3;
constexpr engine::Bytes kLarge = engine::kGiB;

/// An engine of its own, like that of the fixture.
engine::EngineOptions likeTheWindows()
{
    const test::FixtureOptions fixture;
    engine::EngineOptions options;
    options.settings.cacheBudget = fixture.cache;
    options.settings.hostDevices = {fixture.device};
    options.settings.useCuda = false;
    return options;
}

/// The window with its operations open.
class Rig {
public:
    Rig()
        : ended(&fixture.bridge(), &EngineBridge::operationEnded)
    {
    }

    void open() { fixture.press(Qt::Key_O, Qt::ControlModifier | Qt::ShiftModifier); }
    [[nodiscard]] QDialog* dialog() { return fixture.find<QDialog>("operationsDialog"); }
    [[nodiscard]] QTreeView& tree() { return *dialog()->findChild<QTreeView*>(QStringLiteral("operationTree")); }
    [[nodiscard]] QStringList listed()
    {
        QStringList names;
        const QAbstractItemModel& model = *tree().model();
        for (int family = 0; family < model.rowCount(); ++family) {
            const QModelIndex parent = model.index(family, 0);
            for (int row = 0; row < model.rowCount(parent); ++row)
                names.append(model.index(row, 0, parent).data(OperationTreeModel::NameRole).toString());
        }
        return names;
    }
    /// As if the user had clicked it in the list, which is opened before.
    void choose(const char* name)
    {
        if (dialog() == nullptr)
            open();
        dialog()->findChild<QLineEdit*>(QStringLiteral("operationFilter"))->clear();
        const QAbstractItemModel& model = *tree().model();
        const QModelIndexList found = model.match(model.index(0, 0), OperationTreeModel::NameRole,
            QString::fromLatin1(name), 1, Qt::MatchExactly | Qt::MatchRecursive);
        tree().setCurrentIndex(found.value(0));
    }
    [[nodiscard]] OperationPanel* panel()
    {
        return qobject_cast<OperationPanel*>(dialog()->findChild<QStackedWidget*>()->currentWidget());
    }
    template <class Widget>
    [[nodiscard]] Widget* part(const QString& name)
    {
        return panel()->findChild<Widget*>(name);
    }
    void type(const char* field, const QString& text)
    {
        part<QLineEdit>(QStringLiteral("operationField_") + QString::fromLatin1(field))->setText(text);
    }
    [[nodiscard]] QPlainTextEdit* further()
    {
        return part<QPlainTextEdit>(QStringLiteral("operationField_") + kFurtherFields);
    }
    [[nodiscard]] QPushButton* runButton() { return part<QPushButton>(QStringLiteral("runOperation")); }
    void run() { runButton()->click(); }
    [[nodiscard]] QByteArray answer()
    {
        return part<QPlainTextEdit>(QStringLiteral("operationAnswer"))->toPlainText().toUtf8();
    }
    [[nodiscard]] QJsonObject answerObject() { return QJsonDocument::fromJson(answer()).object(); }
    [[nodiscard]] QFrame* error() { return part<QFrame>(QStringLiteral("operationError")); }
    [[nodiscard]] QString errorSentence() { return part<QLabel>(QStringLiteral("bannerSentence"))->text(); }
    [[nodiscard]] QString errorDetail() { return part<QLabel>(QStringLiteral("operationErrorDetail"))->text(); }
    [[nodiscard]] QString problemAt(const char* field)
    {
        const auto* label = part<QLabel>(QStringLiteral("operationProblem_") + QString::fromLatin1(field));
        return label->isVisible() ? label->text() : QString();
    }
    /// Whether anything of the form lies over something else, as when a sentence came and the rows were not told.
    [[nodiscard]] bool hasOverlap()
    {
        QList<QRect> places;
        for (const QWidget* part :
            panel()->findChild<OperationForm*>()->findChildren<QWidget*>(Qt::FindDirectChildrenOnly)) {
            if (part->isVisible())
                places.append(part->geometry());
        }
        for (auto one = places.cbegin(); one != places.cend(); ++one) {
            if (std::any_of(one + 1, places.cend(), [one](const QRect& other) { return one->intersects(other); }))
                return true;
        }
        return false;
    }
    /// Keeps a plan of this name, with a model that need not be there.
    void keepPlan(const QString& name)
    {
        choose("preload.post_preload_plan");
        type("name", name);
        part<QPlainTextEdit>(QStringLiteral("operationField_model_ids"))->setPlainText(QStringLiteral("some-model"));
        run();
    }
    [[nodiscard]] qsizetype plansShown() { return answerObject().value(QStringLiteral("plans")).toArray().size(); }

    WindowFixture fixture;
    QSignalSpy ended;
};

} // namespace

class TestOperationsController : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void opensFromTheMenuBesideTheWindow();
    void listsEveryOperationOfTheEngine();
    void everyOperationHasItsPage();
    void aFilterFindsOperations();
    void quickOnesAnswerAsTheEngineDoes();
    void longOnesLoad();
    void longOnesCanBeCancelled();
    void errorsAreShownWithTheirCode();
    void aJobThatFailsIsToldOnce();
    void whatTheEngineRefusesIsSaidAtTheField();
    void deletingAsksFirst();
    void someNeedAConnection();
    void badJsonIsSaidAndNothingIsCalled();
    void copiesTheCallAsACommand();
    void operationsRunBesideEachOther();
    void keepsWhatWasTyped();
    void worksByKeyboard();
    void followsTheSelectedModel();
    void everythingHasAName();
};

void TestOperationsController::opensFromTheMenuBesideTheWindow()
{
    Rig rig;
    auto* action = rig.fixture.find<QAction>("operations");
    const QList<QAction*> menus = rig.fixture.window().menuBar()->actions();
    QVERIFY(std::ranges::any_of(menus, [&](const QAction* menu) { return menu->menu()->actions().contains(action); }));
    QVERIFY(rig.dialog() == nullptr);
    action->trigger();
    QVERIFY(rig.dialog() != nullptr && rig.dialog()->isVisible());
    QVERIFY(!rig.dialog()->isModal());
    action->trigger();
    QCOMPARE(rig.fixture.window().findChildren<QDialog*>(QStringLiteral("operationsDialog")).size(), 1);
}

void TestOperationsController::listsEveryOperationOfTheEngine()
{
    const engine::Engine other(likeTheWindows());
    QStringList expected;
    for (const engine::OperationSpec& spec : other.operations().all())
        expected.append(QString::fromStdString(spec.fullName()));
    QVERIFY(expected.size() > 40);
    Rig rig;
    rig.open();
    QStringList listed = rig.listed();
    listed.sort();
    expected.sort();
    QCOMPARE(listed, expected);
}

void TestOperationsController::everyOperationHasItsPage()
{
    Rig rig;
    rig.open();
    for (const QString& name : rig.listed()) {
        rig.choose(qPrintable(name));
        QCOMPARE(rig.part<QLabel>(QStringLiteral("operationName"))->text(), name);
        QVERIFY2(rig.runButton() != nullptr, qPrintable(name));
    }
}

void TestOperationsController::aFilterFindsOperations()
{
    Rig rig;
    rig.choose("model.get_model");
    auto* filter = rig.dialog()->findChild<QLineEdit*>(QStringLiteral("operationFilter"));
    QTest::keyClicks(filter, QStringLiteral("preload PLAN"));
    QVERIFY(rig.listed().contains(QStringLiteral("preload.get_preload_plans")));
    QVERIFY(!rig.listed().contains(QStringLiteral("model.get_model")));
    // What is shown stays, until another one is chosen.
    QCOMPARE(rig.part<QLabel>(QStringLiteral("operationName"))->text(), QStringLiteral("model.get_model"));
    QTest::keyClick(filter, Qt::Key_Return);
    QVERIFY(rig.part<QLabel>(QStringLiteral("operationName"))->text().startsWith(QStringLiteral("preload.")));
    QTest::keyClick(filter, Qt::Key_Escape);
    QVERIFY(filter->text().isEmpty());
    QVERIFY(rig.dialog()->isVisible());
    QVERIFY(rig.listed().contains(QStringLiteral("model.get_model")));
    QTest::keyClick(filter, Qt::Key_Escape);
    QVERIFY(!rig.dialog()->isVisible());
}

void TestOperationsController::quickOnesAnswerAsTheEngineDoes()
{
    engine::Engine other(likeTheWindows());
    const auto expected = other.call("model.get_model_status", engine::Json::object());
    QVERIFY(expected.has_value());
    Rig rig;
    rig.choose("model.get_model_status");
    rig.run();
    QTRY_VERIFY(!rig.answer().isEmpty());
    QCOMPARE(rig.answer(), QByteArray::fromStdString(engine::writeJson(*expected, 2)));
    QVERIFY(!rig.error()->isVisible());
    QVERIFY(rig.runButton()->isEnabled());
    rig.part<QPushButton>(QStringLiteral("copyAnswer"))->click();
    QCOMPARE(QGuiApplication::clipboard()->text().toUtf8(), rig.answer());
}

void TestOperationsController::longOnesLoad()
{
    Rig rig;
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

void TestOperationsController::longOnesCanBeCancelled()
{
    Rig rig;
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

void TestOperationsController::errorsAreShownWithTheirCode()
{
    Rig rig;
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

void TestOperationsController::aJobThatFailsIsToldOnce()
{
    Rig rig;
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

void TestOperationsController::whatTheEngineRefusesIsSaidAtTheField()
{
    Rig rig;
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

void TestOperationsController::deletingAsksFirst()
{
    Rig rig;
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

void TestOperationsController::someNeedAConnection()
{
    Rig rig;
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

void TestOperationsController::badJsonIsSaidAndNothingIsCalled()
{
    Rig rig;
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

void TestOperationsController::copiesTheCallAsACommand()
{
    Rig rig;
    rig.choose("preload.delete_preload_plan");
    rig.type("name", QStringLiteral("it's \"mine\""));
    rig.part<QPushButton>(QStringLiteral("copyCommand"))->click();
    QCOMPARE(QGuiApplication::clipboard()->text(),
        QStringLiteral("weightroomctl call preload.delete_preload_plan '{\"name\":\"it'\\''s \\\"mine\\\"\"}'"));
    QCOMPARE(rig.fixture.prompts().questions(), 0);
    rig.further()->setPlainText(QStringLiteral("{"));
    QGuiApplication::clipboard()->setText(QStringLiteral("before"));
    rig.part<QPushButton>(QStringLiteral("copyCommand"))->click();
    QVERIFY(!rig.problemAt(kFurtherFields.latin1()).isEmpty());
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("before"));
}

void TestOperationsController::operationsRunBesideEachOther()
{
    Rig rig;
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

void TestOperationsController::keepsWhatWasTyped()
{
    Rig rig;
    rig.choose("job.get_job");
    rig.type("job_id", QStringLiteral("12"));
    rig.dialog()->close();
    QVERIFY(!rig.dialog()->isVisible());
    rig.fixture.find<QAction>("operations")->trigger();
    QVERIFY(rig.dialog()->isVisible());
    rig.choose("job.get_jobs");
    rig.choose("job.get_job");
    QCOMPARE(rig.part<QLineEdit>(QStringLiteral("operationField_job_id"))->text(), QStringLiteral("12"));
}

void TestOperationsController::worksByKeyboard()
{
    Rig rig;
    rig.open();
    QVERIFY(QTest::qWaitForWindowActive(rig.dialog()));
    QCOMPARE(rig.dialog()->focusWidget()->objectName(), QStringLiteral("operationFilter"));
    QTest::keyClicks(rig.dialog()->focusWidget(), QStringLiteral("get_feature_flags"));
    QTest::keyClick(rig.dialog()->focusWidget(), Qt::Key_Down);
    QCOMPARE(rig.dialog()->focusWidget(), &rig.tree());
    QCOMPARE(rig.part<QLabel>(QStringLiteral("operationName"))->text(), QStringLiteral("settings.get_feature_flags"));
    QTest::keyClick(&rig.tree(), Qt::Key_Return);
    QCOMPARE(rig.dialog()->focusWidget(), rig.runButton()); // it has no fields
    QTest::keyClick(rig.runButton(), Qt::Key_Space);
    QTRY_VERIFY(!rig.answer().isEmpty());
    // While it ran the button could not have the focus.
    QCOMPARE(rig.dialog()->focusWidget(), rig.runButton());
    rig.choose("job.get_job");
    QTest::keyClick(&rig.tree(), Qt::Key_Return);
    QCOMPARE(rig.dialog()->focusWidget(), rig.part<QLineEdit>(QStringLiteral("operationField_job_id")));
    QTest::keyClick(rig.dialog()->focusWidget(), Qt::Key_Return);
    QCOMPARE(rig.ended.count(), 1); // a line does not run it by accident
    QTest::keyClick(rig.dialog()->focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(rig.ended.count(), 2);
}

void TestOperationsController::followsTheSelectedModel()
{
    Rig rig;
    rig.fixture.addModel("a", kSmall);
    rig.fixture.addModel("b", kSmall);
    QVERIFY(rig.fixture.scan());
    rig.fixture.select(QStringLiteral("a"));
    rig.choose("model.get_model");
    const auto typed = [&rig] { return rig.part<QLineEdit>(QStringLiteral("operationField_model_id"))->text(); };
    QCOMPARE(typed(), rig.fixture.idOf(QStringLiteral("a")));
    rig.fixture.select(QStringLiteral("b"));
    QCOMPARE(typed(), rig.fixture.idOf(QStringLiteral("b")));
    // What can be left out stays empty: all would become one.
    rig.choose("model.delete_model_cache");
    QVERIFY(typed().isEmpty());
}

void TestOperationsController::everythingHasAName()
{
    Rig rig;
    rig.open();
    for (const QString& name : rig.listed())
        rig.choose(qPrintable(name));
    for (const QWidget* widget : rig.dialog()->findChildren<QWidget*>()) {
        const bool isControl = qobject_cast<const QComboBox*>(widget) != nullptr
            || qobject_cast<const QLineEdit*>(widget) != nullptr
            || qobject_cast<const QAbstractItemView*>(widget) != nullptr
            || qobject_cast<const QPlainTextEdit*>(widget) != nullptr;
        const bool isOurs =
            isControl && !widget->objectName().isEmpty() && !widget->objectName().startsWith(QStringLiteral("qt_"));
        if (isOurs)
            QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
    }
}

QTEST_MAIN(TestOperationsController)
#include "test_operations_controller.moc"
