// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/alert_card.h"
#include "ui/pages/monitor/alert_panel.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>

using namespace weightroom::ui;

namespace {

const QDateTime kBegan = QDateTime::fromMSecsSinceEpoch(1'767'225'600'000);

AlertView active(quint64 number)
{
    return {.number = number,
        .level = AlertLevel::Warning,
        .title = QStringLiteral("GPU_0: memory is nearly full"),
        .sentence = QStringLiteral("91 % of its memory was in use."),
        .isActive = true,
        .isAcknowledged = false,
        .raisedAt = kBegan,
        .recoveredAt = std::nullopt};
}

AlertView over(quint64 number)
{
    AlertView alert = active(number);
    alert.isActive = false;
    alert.isAcknowledged = true;
    alert.recoveredAt = kBegan.addSecs(60);
    return alert;
}

/// The newest first.
QList<AlertView> overOnes(quint64 newest, int count)
{
    QList<AlertView> alerts;
    for (int i = 0; i < count; ++i)
        alerts.append(over(newest - static_cast<quint64>(i)));
    return alerts;
}

QList<quint64> numbersOf(const AlertPanel& panel)
{
    QList<quint64> numbers;
    for (const AlertCard* card : panel.cards())
        numbers.append(card->alert().number);
    return numbers;
}

/// A panel as high as its cards.
struct Panel {
    Panel() { panel.show(); }
    [[nodiscard]] QPushButton* more() const { return panel.findChild<QPushButton*>(QStringLiteral("moreAlerts")); }
    void layOut()
    {
        QCoreApplication::sendPostedEvents(); // cards of a panel that is there are shown by one
        panel.resize(320, panel.sizeHint().height());
        QCoreApplication::sendPostedEvents();
    }

    AlertPanel panel;
};

} // namespace

class TestAlertPanel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void showsWhatIsActiveFirst();
    void keepsThePressWhenAnAlertWorsens();
    void keepsCardsWhenANewAlertComes();
    void hidesTheButtonOfWhatWasSeen();
    void hidesTheButtonWithThePress();
    void hasNoButtonForWhatCannotBeAcknowledged();
    void showsMoreOfThoseThatAreOver();
    void goesOnBeyondAThousand();
};

void TestAlertPanel::showsWhatIsActiveFirst()
{
    Panel rig;
    AlertView unseen = over(8);
    unseen.isAcknowledged = false;
    rig.panel.setAlerts({unseen, active(7)});
    rig.panel.setEarlierAlerts({unseen, active(7), over(5), over(4)});
    QCOMPARE(numbersOf(rig.panel), (QList<quint64>{7, 8, 5, 4})); // each once
    rig.layOut();
    const QList<AlertCard*>& cards = rig.panel.cards();
    for (qsizetype place = 1; place < cards.size(); ++place)
        QVERIFY(cards[place]->y() > cards[place - 1]->y());
    QVERIFY(!rig.more()->isVisible());
    rig.panel.setAlerts({});
    rig.panel.setEarlierAlerts({});
    QVERIFY(rig.panel.cards().isEmpty());
}

void TestAlertPanel::keepsThePressWhenAnAlertWorsens()
{
    Panel rig;
    rig.panel.setAlerts({active(7)});
    rig.layOut();
    const QSignalSpy seen(&rig.panel, &AlertPanel::acknowledged);
    QPushButton* button = rig.panel.cards().first()->button();
    QTest::mousePress(button, Qt::LeftButton);
    AlertView worse = active(7);
    worse.sentence = QStringLiteral("97 % of its memory was in use.");
    rig.panel.setAlerts({worse});
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    QCOMPARE(rig.panel.cards().first()->button(), button);
    QTest::mouseRelease(button, Qt::LeftButton);
    QCOMPARE(seen.size(), 1);
    QCOMPARE(seen.first().first().toULongLong(), 7U);
    const QList<QLabel*> labels = rig.panel.cards().first()->findChildren<QLabel*>();
    QVERIFY(std::ranges::any_of(labels, [&](const QLabel* label) { return label->text() == worse.sentence; }));
}

void TestAlertPanel::keepsCardsWhenANewAlertComes()
{
    Panel rig;
    QVERIFY(QTest::qWaitForWindowActive(&rig.panel));
    rig.panel.setAlerts({active(7)});
    const AlertCard* before = rig.panel.cards().first();
    rig.panel.setAlerts({active(9), active(7)});
    QCOMPARE(numbersOf(rig.panel), (QList<quint64>{9, 7}));
    QCOMPARE(rig.panel.cards().last(), before);
    rig.layOut();
    QVERIFY(rig.panel.cards().last()->y() > rig.panel.cards().first()->y());
    // By the keyboard from top to bottom, too.
    rig.panel.cards().first()->button()->setFocus(Qt::TabFocusReason);
    QTest::keyClick(rig.panel.cards().first()->button(), Qt::Key_Tab);
    QVERIFY(rig.panel.cards().last()->button()->hasFocus());
}

void TestAlertPanel::hidesTheButtonOfWhatWasSeen()
{
    Panel rig;
    rig.panel.setAlerts({active(7)});
    rig.layOut();
    QVERIFY(rig.panel.cards().first()->button()->isVisible());
    AlertView seen = active(7);
    seen.isAcknowledged = true;
    rig.panel.setAlerts({seen});
    QVERIFY(!rig.panel.cards().first()->button()->isVisible());
}

/// And not when a list says so. It comes back where nothing has come of the press.
void TestAlertPanel::hidesTheButtonWithThePress()
{
    Panel rig;
    AlertView unseen = over(7);
    unseen.isAcknowledged = false;
    rig.panel.setAlerts({active(8), unseen});
    rig.panel.setEarlierAlerts({active(8), unseen, over(5)});
    rig.layOut();
    const auto isOffered = [&rig](qsizetype place) { return rig.panel.cards()[place]->button()->isVisible(); };
    const QSignalSpy seen(&rig.panel, &AlertPanel::acknowledged);
    rig.panel.cards()[1]->button()->click();
    QVERIFY(!isOffered(1));
    QVERIFY(isOffered(0));
    QCOMPARE(seen.size(), 1);
    AlertView worse = active(8);
    worse.sentence = QStringLiteral("97 % of its memory was in use.");
    rig.panel.setAlerts({worse, unseen}); // of before the press
    QVERIFY(!isOffered(1));
    rig.panel.setEarlierAlerts({worse, unseen, over(5), over(4)}); // likewise
    QVERIFY(!isOffered(1));
    rig.panel.showUnacknowledged(7);
    QVERIFY(isOffered(1));
    rig.panel.cards()[1]->button()->click();
    rig.panel.setAlerts({worse}); // it is over and was acknowledged; what was is not told anew yet
    QCOMPARE(numbersOf(rig.panel), (QList<quint64>{8, 7, 5, 4}));
    QVERIFY(!isOffered(1));
}

void TestAlertPanel::hasNoButtonForWhatCannotBeAcknowledged()
{
    Panel rig;
    AlertView unseen = over(7);
    unseen.isAcknowledged = false;
    rig.panel.setEarlierAlerts({unseen}); // a hundred others came after it: the engine waits for it no more
    rig.layOut();
    QVERIFY(!rig.panel.cards().first()->button()->isVisible());
    rig.panel.setAlerts({unseen});
    rig.layOut();
    QVERIFY(rig.panel.cards().first()->button()->isVisible());
}

void TestAlertPanel::showsMoreOfThoseThatAreOver()
{
    Panel rig;
    const QSignalSpy wanted(&rig.panel, &AlertPanel::moreWanted);
    rig.panel.setAlerts({active(200)});
    QCOMPARE(rig.panel.mostWanted(), 1 + 2 * AlertPanel::kPage); // one page more than is shown
    rig.panel.setEarlierAlerts(QList<AlertView>{active(200)} + overOnes(199, 2 * AlertPanel::kPage));
    QCOMPARE(rig.panel.cards().size(), 1 + AlertPanel::kPage);
    QVERIFY(rig.more()->isVisible());
    rig.more()->click();
    QCOMPARE(rig.panel.cards().size(), 1 + 2 * AlertPanel::kPage); // at once
    QCOMPARE(numbersOf(rig.panel).last(), 200U - 2 * AlertPanel::kPage);
    QCOMPARE(wanted.size(), 1);
    QCOMPARE(rig.panel.mostWanted(), 1 + 3 * AlertPanel::kPage);
    rig.panel.setEarlierAlerts(QList<AlertView>{active(200)} + overOnes(199, 2 * AlertPanel::kPage + 3));
    QVERIFY(rig.more()->isVisible());
    rig.more()->click();
    QCOMPARE(rig.panel.cards().size(), 1 + 2 * AlertPanel::kPage + 3);
    QVERIFY(!rig.more()->isVisible()); // that is all
}

void TestAlertPanel::goesOnBeyondAThousand()
{
    Panel rig;
    for (int press = 0; press < 100; ++press)
        rig.more()->click();
    QCOMPARE(rig.panel.mostWanted(), 102 * AlertPanel::kPage);
}

QTEST_MAIN(TestAlertPanel)
#include "test_alert_panel.moc"
