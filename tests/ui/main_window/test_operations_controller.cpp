// SPDX-License-Identifier: GPL-3.0-or-later
//
// Every operation of the engine by the window, in the real window over a real engine.
#include "model_engine/engine.h"
#include "tests/ui/main_window/operations_rig.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLocale>
#include <QMenu>
#include <QMenuBar>
#include <QTest>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::OperationsRig;

namespace {

constexpr engine::Bytes kSmall = engine::kMiB * 3;

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
    void copiesTheCallAsACommand();
    void keepsWhatWasTyped();
    void worksByKeyboard();
    void followsTheSelectedModel();
    void everythingHasAName();
};

void TestOperationsController::opensFromTheMenuBesideTheWindow()
{
    OperationsRig rig;
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
    OperationsRig rig;
    rig.open();
    QStringList listed = rig.listed();
    listed.sort();
    expected.sort();
    QCOMPARE(listed, expected);
}

void TestOperationsController::everyOperationHasItsPage()
{
    OperationsRig rig;
    rig.open();
    for (const QString& name : rig.listed()) {
        rig.choose(qPrintable(name));
        QCOMPARE(rig.part<QLabel>(QStringLiteral("operationName"))->text(), name);
        QVERIFY2(rig.runButton() != nullptr, qPrintable(name));
    }
}

void TestOperationsController::aFilterFindsOperations()
{
    OperationsRig rig;
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
    OperationsRig rig;
    rig.choose("model.get_model_status");
    rig.run();
    QTRY_VERIFY(!rig.answer().isEmpty());
    QCOMPARE(rig.answer(), QByteArray::fromStdString(engine::writeJson(*expected, 2)));
    QVERIFY(!rig.error()->isVisible());
    QVERIFY(rig.runButton()->isEnabled());
    rig.part<QPushButton>(QStringLiteral("copyAnswer"))->click();
    QCOMPARE(QGuiApplication::clipboard()->text().toUtf8(), rig.answer());
}

void TestOperationsController::copiesTheCallAsACommand()
{
    OperationsRig rig;
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

void TestOperationsController::keepsWhatWasTyped()
{
    OperationsRig rig;
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
    OperationsRig rig;
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
    OperationsRig rig;
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
    OperationsRig rig;
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
