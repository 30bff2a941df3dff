// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/answer_view.h"

#include <QClipboard>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTest>

using namespace weightroom::ui;

class TestAnswerView : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void showsAndCopies();
    void whatIsNotShownIsSaidAndCopied();
    void clearsAll();
};

void TestAnswerView::showsAndCopies()
{
    AnswerView view;
    const auto* text = view.findChild<QPlainTextEdit*>(QStringLiteral("operationAnswer"));
    auto* copy = view.findChild<QPushButton*>(QStringLiteral("copyAnswer"));
    QVERIFY(!copy->isEnabled());
    view.setAnswer({.whole = "{\n  \"a\": 1\n}", .shown = QStringLiteral("{\n  \"a\": 1\n}")}, QStringLiteral("Here"));
    QCOMPARE(text->toPlainText(), QStringLiteral("{\n  \"a\": 1\n}"));
    QVERIFY(text->isReadOnly());
    QCOMPARE(text->font().family(), QFontDatabase::systemFont(QFontDatabase::FixedFont).family());
    QVERIFY(!view.findChild<QLabel*>(QStringLiteral("answerCut"))->isVisibleTo(&view));
    QCOMPARE(view.findChild<QLabel*>(QStringLiteral("answerCaption"))->text(), QStringLiteral("Here"));
    copy->click();
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("{\n  \"a\": 1\n}"));
}

void TestAnswerView::whatIsNotShownIsSaidAndCopied()
{
    AnswerView view;
    const QByteArray whole(4096, 'x');
    view.setAnswer({.whole = whole, .shown = QStringLiteral("x"), .bytesHidden = 3072}, {});
    const auto* cut = view.findChild<QLabel*>(QStringLiteral("answerCut"));
    QVERIFY(cut->isVisibleTo(&view));
    QVERIFY2(cut->text().contains(QStringLiteral("3.0 KiB of 4.0 KiB")), qPrintable(cut->text()));
    view.findChild<QPushButton*>(QStringLiteral("copyAnswer"))->click();
    QCOMPARE(QGuiApplication::clipboard()->text().toUtf8(), whole);
}

void TestAnswerView::clearsAll()
{
    AnswerView view;
    view.setAnswer({.whole = "7", .shown = QStringLiteral("7"), .bytesHidden = 1}, QStringLiteral("Here"));
    view.clear();
    QVERIFY(view.findChild<QPlainTextEdit*>()->toPlainText().isEmpty());
    QVERIFY(!view.findChild<QPushButton*>()->isEnabled());
    QVERIFY(!view.findChild<QLabel*>(QStringLiteral("answerCut"))->isVisibleTo(&view));
    QCOMPARE(view.findChild<QLabel*>(QStringLiteral("answerCaption"))->text(), QStringLiteral("Answer"));
}

QTEST_MAIN(TestAnswerView)
#include "test_answer_view.moc"
