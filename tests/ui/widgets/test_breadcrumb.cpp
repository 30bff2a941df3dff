// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/theme.h"
#include "ui/widgets/breadcrumb.h"

#include <QApplication>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace weightroom::ui;

namespace {

QList<QToolButton*> shownButtons(const Breadcrumb& breadcrumb)
{
    QList<QToolButton*> buttons;
    for (QToolButton* button : breadcrumb.findChildren<QToolButton*>()) {
        if (!button->isHidden())
            buttons.append(button);
    }
    return buttons;
}

QStringList textsOf(const Breadcrumb& breadcrumb)
{
    QStringList texts;
    for (const QToolButton* button : shownButtons(breadcrumb))
        texts.append(button->text());
    return texts;
}

} // namespace

class TestBreadcrumb : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { applyTheme(*qApp, ThemeChoice::Light); }
    void namesTheStepsAndTakesOneBack();
    void staysUnderTheKeyboard();
    void cutsLongNamesInTheMiddle();
    void cutsTheLongestFirst();
    void namesArePlainText();
    void takesNoMoreRoomThanThereIs();
};

void TestBreadcrumb::namesTheStepsAndTakesOneBack()
{
    Breadcrumb breadcrumb;
    const QStringList steps{QStringLiteral("GPU_0"), QStringLiteral("sd_xl_base"), QStringLiteral("unet")};
    breadcrumb.setSteps(steps);
    breadcrumb.resize(600, 30);
    breadcrumb.show();
    QCOMPARE(textsOf(breadcrumb), steps);
    QSignalSpy chosen(&breadcrumb, &Breadcrumb::stepChosen);
    shownButtons(breadcrumb)[1]->click();
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen.first().first().toInt(), 1);
    breadcrumb.setSteps(steps.first(2));
    QCOMPARE(textsOf(breadcrumb), steps.first(2));
    QCOMPARE(shownButtons(breadcrumb).last()->accessibleDescription(), QStringLiteral("You are here"));
    breadcrumb.setSteps({});
    QVERIFY(textsOf(breadcrumb).isEmpty());
    breadcrumb.setSteps(steps);
    QTRY_COMPARE(textsOf(breadcrumb), steps); // a layout shows what is new in the next turn of the event loop
}

void TestBreadcrumb::staysUnderTheKeyboard()
{
    Breadcrumb breadcrumb;
    const QStringList steps{QStringLiteral("GPU_0"), QStringLiteral("sd_xl_base"), QStringLiteral("unet")};
    breadcrumb.setSteps(steps);
    breadcrumb.show();
    breadcrumb.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&breadcrumb));
    connect(&breadcrumb, &Breadcrumb::stepChosen, this,
        [&breadcrumb, steps](int depth) { breadcrumb.setSteps(steps.first(depth + 1)); });
    QToolButton* second = shownButtons(breadcrumb)[1];
    second->setFocus();
    QTest::keyClick(second, Qt::Key_Space);
    QCOMPARE(breadcrumb.steps(), steps.first(2));
    QVERIFY(second->hasFocus());
}

void TestBreadcrumb::cutsLongNamesInTheMiddle()
{
    Breadcrumb breadcrumb;
    const QString name = QStringLiteral("begin_") + QString(200, QLatin1Char('m')) + QStringLiteral("_end");
    breadcrumb.setSteps({QStringLiteral("GPU_0"), name});
    breadcrumb.resize(300, 30);
    breadcrumb.show();
    const QToolButton* button = shownButtons(breadcrumb)[1];
    QVERIFY2(button->text().startsWith(QStringLiteral("begin_")), qPrintable(button->text()));
    QVERIFY2(button->text().endsWith(QStringLiteral("_end")), qPrintable(button->text()));
    QVERIFY(button->text() != name);
    QVERIFY(button->toolTip().contains(name));
    QCOMPARE(button->accessibleName(), name);
    breadcrumb.resize(breadcrumb.sizeHint().width() + 1, 30);
    QCOMPARE(button->text(), name);
    QVERIFY(button->toolTip().isEmpty());
}

void TestBreadcrumb::cutsTheLongestFirst()
{
    Breadcrumb breadcrumb;
    const QString name(200, QLatin1Char('m'));
    breadcrumb.setSteps({QStringLiteral("GPU_0"), name, QStringLiteral("unet")});
    breadcrumb.resize(300, 30);
    breadcrumb.show();
    const QStringList texts = textsOf(breadcrumb);
    QCOMPARE(texts.first(), QStringLiteral("GPU_0"));
    QVERIFY(texts[1].size() < name.size());
    QCOMPARE(texts.last(), QStringLiteral("unet"));
}

void TestBreadcrumb::namesArePlainText()
{
    Breadcrumb breadcrumb;
    const QString steering = QStringLiteral("a") + QChar(0x202E) + QStringLiteral("b");
    breadcrumb.setSteps({QStringLiteral("<b>&x</b>"), steering});
    breadcrumb.resize(900, 30);
    breadcrumb.show();
    QCOMPARE(textsOf(breadcrumb).first(), QStringLiteral("<b>&&x</b>"));
    QVERIFY(!textsOf(breadcrumb).last().contains(QChar(0x202E)));
    for (const QLabel* label : breadcrumb.findChildren<QLabel*>())
        QCOMPARE(label->textFormat(), Qt::PlainText);
    breadcrumb.setSteps({QStringLiteral("<b>") + QString(200, QLatin1Char('m'))});
    const QString tip = shownButtons(breadcrumb).first()->toolTip();
    QVERIFY2(tip.contains(QStringLiteral("&lt;b&gt;")), qPrintable(tip));
}

void TestBreadcrumb::takesNoMoreRoomThanThereIs()
{
    Breadcrumb breadcrumb;
    const QString name(100, QLatin1Char('m'));
    breadcrumb.setSteps({name, name, name, name});
    breadcrumb.show();
    for (const int width : {250, 400, 1000}) {
        breadcrumb.resize(width, 30);
        QVERIFY(QTest::qWaitForWindowExposed(&breadcrumb));
        for (const QToolButton* button : shownButtons(breadcrumb))
            QVERIFY2(breadcrumb.rect().contains(button->geometry()), qPrintable(QString::number(width)));
    }
    QVERIFY(breadcrumb.minimumSizeHint().width() < 100);
}

QTEST_MAIN(TestBreadcrumb)
#include "test_breadcrumb.moc"
