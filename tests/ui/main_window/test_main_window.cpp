// SPDX-License-Identifier: GPL-3.0-or-later
//
// The real window over a real engine: what it shows, and the ways through it.
#include "tests/ui/main_window/window_fixture.h"
#include "ui/widgets/job_strip.h"

#include <QAction>
#include <QComboBox>
#include <QDialog>
#include <QFrame>
#include <QLineEdit>
#include <QLocale>
#include <QTest>

#include <algorithm>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::WindowFixture;

namespace {

constexpr engine::Bytes kSmall = engine::kMiB * 3;

const QString kDevice = QStringLiteral("HOST_0");
const QString kLoaded = QStringLiteral("Loaded on HOST_0");

/// Whether a strip has this title.
bool hasJob(WindowFixture& fixture, const QString& title)
{
    const QList<JobStrip*> strips = fixture.window().findChildren<JobStrip*>();
    return std::ranges::any_of(strips, [&](const JobStrip* strip) { return strip->accessibleName() == title; });
}

} // namespace

class TestMainWindow : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void tidiesUpTheMemory();
    void brokenFilesSayWhy();
    void missingFolderIsTold();
    void searchByKeyboard();
    void selectionSurvivesARescan();
    void refusedRequestsShowTheBanner();
    void shortcutSheetOpensWithoutBlocking();
    void everythingHasAName();
};

void TestMainWindow::tidiesUpTheMemory()
{
    WindowFixture fixture;
    fixture.addModel("small", kSmall);
    QVERIFY(fixture.scan());
    const auto* tidy = fixture.find<QAction>("optimizeMemory");
    QVERIFY(!tidy->isEnabled());
    fixture.select(QStringLiteral("small"));
    fixture.press(Qt::Key_L, Qt::ControlModifier);
    QTRY_COMPARE(fixture.state(QStringLiteral("small")), kLoaded);
    QTRY_VERIFY(tidy->isEnabled());
    fixture.find<QAction>("optimizeMemory")->trigger();
    QTRY_VERIFY(hasJob(fixture, QStringLiteral("Tidied up the memory")));
    QCOMPARE(fixture.state(QStringLiteral("small")), kLoaded);
}

void TestMainWindow::brokenFilesSayWhy()
{
    WindowFixture fixture;
    fixture.addModel("good", kSmall);
    fixture.addTruncatedModel("broken");
    QVERIFY(fixture.scan());
    QTRY_COMPARE(fixture.table().model()->rowCount(), 2);
    QVERIFY2(
        fixture.state(QStringLiteral("broken")).startsWith(QStringLiteral("Cannot be used: The file is incomplete")),
        qPrintable(fixture.state(QStringLiteral("broken"))));
    fixture.select(QStringLiteral("broken"));
    QVERIFY(!fixture.find<QAction>("load")->isEnabled());
    QVERIFY(fixture.find<QLabel>("detailProblem")->isVisible());
}

void TestMainWindow::missingFolderIsTold()
{
    WindowFixture fixture;
    fixture.bridge().addFolder(fixture.folder() + "/not-there");
    QTRY_VERIFY(fixture.find<QFrame>("banner")->isVisible());
    const QString sentence = fixture.find<QLabel>("bannerSentence")->text();
    QVERIFY2(sentence.contains(QStringLiteral("not-there")), qPrintable(sentence));
}

void TestMainWindow::searchByKeyboard()
{
    WindowFixture fixture;
    fixture.addModel("cat", kSmall);
    fixture.addModel("dog", kSmall);
    QVERIFY(fixture.scan());
    QTRY_COMPARE(fixture.table().model()->rowCount(), 2);
    fixture.press(Qt::Key_F, Qt::ControlModifier);
    auto* search = fixture.find<QLineEdit>("search");
    QCOMPARE(fixture.window().focusWidget(), search);
    QTest::keyClicks(search, QStringLiteral("do"));
    QCOMPARE(fixture.table().model()->rowCount(), 1);
    QCOMPARE(fixture.find<QLabel>("modelCount")->text(), QStringLiteral("1 of 2 models"));
    QTest::keyClick(search, Qt::Key_Return);
    QCOMPARE(fixture.window().focusWidget(), &fixture.table());
    fixture.press(Qt::Key_Return);
    QTRY_COMPARE(fixture.state(QStringLiteral("dog")), kLoaded);
    fixture.press(Qt::Key_F, Qt::ControlModifier);
    fixture.press(Qt::Key_Escape);
    QCOMPARE(fixture.table().model()->rowCount(), 2);
    QVERIFY(search->text().isEmpty());
}

void TestMainWindow::selectionSurvivesARescan()
{
    WindowFixture fixture;
    fixture.addModel("b", kSmall);
    QVERIFY(fixture.scan());
    fixture.select(QStringLiteral("b"));
    fixture.addModel("a", kSmall);
    fixture.addModel("c", kSmall);
    fixture.press(Qt::Key_F5);
    QTRY_COMPARE(fixture.table().model()->rowCount(), 3);
    const QModelIndexList selected = fixture.table().selectionModel()->selectedRows();
    QCOMPARE(selected.size(), 1);
    QCOMPARE(selected.first().data().toString(), QStringLiteral("b"));
}

void TestMainWindow::refusedRequestsShowTheBanner()
{
    WindowFixture fixture;
    fixture.bridge().loadModel(QStringLiteral("no such id"), kDevice);
    QTRY_VERIFY(fixture.find<QFrame>("banner")->isVisible());
    QVERIFY(!fixture.find<QLabel>("bannerSentence")->text().isEmpty());
}

void TestMainWindow::shortcutSheetOpensWithoutBlocking()
{
    WindowFixture fixture;
    fixture.press(Qt::Key_F1);
    auto* sheet = fixture.window().findChild<QDialog*>();
    QVERIFY(sheet != nullptr && sheet->isVisible());
    QStringList texts;
    for (const QLabel* label : sheet->findChildren<QLabel*>())
        texts.append(label->text());
    QVERIFY(texts.contains(QStringLiteral("Ctrl+L")));
}

void TestMainWindow::everythingHasAName()
{
    WindowFixture fixture;
    fixture.addModel("small", kSmall);
    QVERIFY(fixture.scan());
    for (const QWidget* widget : fixture.window().findChildren<QWidget*>()) {
        const bool isControl = qobject_cast<const QComboBox*>(widget) != nullptr
            || qobject_cast<const QLineEdit*>(widget) != nullptr
            || qobject_cast<const QAbstractItemView*>(widget) != nullptr
            || widget->objectName().startsWith(QStringLiteral("cancelJob"));
        // The lists of combo boxes and Qt's own parts are named by their owners.
        const bool isOurs =
            isControl && !widget->objectName().isEmpty() && !widget->objectName().startsWith(QStringLiteral("qt_"));
        if (isOurs)
            QVERIFY2(!widget->accessibleName().isEmpty(), qPrintable(widget->objectName()));
    }
}

QTEST_MAIN(TestMainWindow)
#include "test_main_window.moc"
