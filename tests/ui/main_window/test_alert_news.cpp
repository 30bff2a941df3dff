// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the desktop and the page of monitoring are told of alerts, in the real window over a real engine.
#include "model_engine/core/system/log.h"
#include "model_engine/monitor/history/history_store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"
#include "tests/ui/main_window/monitor_pages_rig.h"
#include "ui/pages/monitor/alert_card.h"
#include "ui/pages/monitor/alert_panel.h"
#include "ui/widgets/banner.h"

#include <QPushButton>
#include <QSignalSpy>

using namespace weightroom;
using namespace weightroom::ui;
using weightroom::test::FixtureOptions;
using weightroom::test::kNearlyAll;
using weightroom::test::kSoon;
using weightroom::test::ManualClock;
using weightroom::test::TemporaryFolder;
using weightroom::test::watchedSmall;
using Rig = weightroom::test::MonitorPagesRig;

namespace {

const QString kFull = QStringLiteral("HOST_0: memory is nearly full");
const QString kOver = QStringLiteral("Over: HOST_0: memory is nearly full");

/// By a clock that stands still.
FixtureOptions watchedByHand(const TemporaryFolder& folder)
{
    FixtureOptions options = watchedSmall(folder);
    options.clock = std::make_shared<ManualClock>();
    return options;
}

/// An earlier run has left so many, all of them over and acknowledged.
engine::Result<> writeAlerts(const FixtureOptions& options, int count)
{
    engine::HistoryBatch batch;
    const engine::Clock& clock = *options.clock;
    for (int number = 1; number <= count; ++number)
        batch.alerts.push_back({.number = static_cast<std::uint64_t>(number),
            .kind = engine::AlertKind::MemoryFull,
            .device = {"GPU_9"},
            .threshold = 0.9,
            .value = 0.95,
            .worst = 0.95,
            .raisedAt = clock.wallTime(),
            .recoveredAt = clock.wallTime(),
            .acknowledgedAt = clock.wallTime()});
    engine::NullLog log;
    return engine::HistoryStore(options.dataFolder, clock, log).write(batch);
}

/// One that nobody has acknowledged, on the page of monitoring.
bool makeAlertThatIsOver(Rig& rig)
{
    if (!rig.load(kNearlyAll) || !QTest::qWaitFor([&] { return !rig.bridge().monitor().alerts.isEmpty(); }, kSoon))
        return false;
    rig.unload();
    const auto isOver = [&] {
        const QList<AlertView>& alerts = rig.bridge().monitor().alerts;
        return alerts.size() == 1 && !alerts.first().isActive;
    };
    if (!QTest::qWaitFor(isOver, kSoon))
        return false;
    rig.find<QAction>("pageMonitor")->trigger();
    return QTest::qWaitFor([&] { return rig.monitorPage().alerts()->cards().size() == 1; }, kSoon);
}

} // namespace

class TestAlertNews : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void letsAnAlertBeAcknowledged();
    void tellsOfNoAlertTwice();
    void tellsWhenAnAlertIsOver();
    void tellsWhenAnAlertIsOverThatWasSeen();
    void tellsOfAlertsAfterTheClockWasSetBack();
    void tellsOfNoEarlierAlertAfterTheClockWasSetBack();
    void showsAllThatWereByPages();
    void acknowledgesWhatIsOverWithOnePress();
    void leavesAlertsToWhoWasFirst();
    void tellsWhyAnAlertWasNotAcknowledged();
    void givesTheNewestAnswerLast();
    void tellsOfMoreThanOneAnswerHolds();
};

void TestAlertNews::letsAnAlertBeAcknowledged()
{
    const TemporaryFolder folder;
    Rig rig{watchedSmall(folder)};
    QVERIFY(rig.load(kNearlyAll));
    QTRY_COMPARE_WITH_TIMEOUT(rig.prompts().news(), QStringList{kFull}, kSoon);
    QTRY_VERIFY_WITH_TIMEOUT(rig.find<QAction>("pageMonitor")->text().contains(QLatin1Char('1')), kSoon);
    rig.find<QAction>("pageMonitor")->trigger();
    QTRY_COMPARE_WITH_TIMEOUT(rig.monitorPage().alerts()->cards().size(), 1, kSoon);
    const QPushButton* button = rig.monitorPage().alerts()->cards().first()->button();
    QVERIFY(button->isVisible());
    rig.monitorPage().alerts()->cards().first()->button()->click();
    QTRY_VERIFY_WITH_TIMEOUT(!button->isVisible(), kSoon);
    QTRY_VERIFY_WITH_TIMEOUT(!rig.find<QAction>("pageMonitor")->text().contains(QLatin1Char('1')), kSoon);
    QCOMPARE(rig.prompts().news().size(), 1); // told once
}

void TestAlertNews::tellsOfNoAlertTwice()
{
    const TemporaryFolder folder;
    FixtureOptions options = watchedSmall(folder);
    {
        Rig rig{options};
        QVERIFY(rig.load(kNearlyAll));
        QTRY_COMPARE_WITH_TIMEOUT(rig.prompts().news().size(), 1, kSoon);
    }
    options.alerts.hold = std::chrono::hours{1}; // so long it goes on
    Rig rig{options};
    QTRY_VERIFY_WITH_TIMEOUT(rig.find<QAction>("pageMonitor")->text().contains(QLatin1Char('1')), kSoon);
    QCOMPARE(rig.prompts().news().size(), 0);
}

void TestAlertNews::tellsWhenAnAlertIsOver()
{
    const TemporaryFolder folder;
    Rig rig{watchedSmall(folder)};
    QVERIFY(rig.load(kNearlyAll));
    QTRY_COMPARE_WITH_TIMEOUT(rig.prompts().news(), QStringList{kFull}, kSoon);
    rig.unload();
    QTRY_COMPARE_WITH_TIMEOUT(rig.prompts().news(), (QStringList{kFull, kOver}), kSoon);
    QSignalSpy looked(&rig.bridge(), &EngineBridge::monitorChanged);
    QTRY_VERIFY_WITH_TIMEOUT(looked.size() >= 3, kSoon);
    QCOMPARE(rig.prompts().news().size(), 2); // once
}

/// Then it is not among the alerts any more.
void TestAlertNews::tellsWhenAnAlertIsOverThatWasSeen()
{
    const TemporaryFolder folder;
    Rig rig{watchedSmall(folder)};
    QVERIFY(rig.load(kNearlyAll));
    QTRY_COMPARE_WITH_TIMEOUT(rig.bridge().monitor().alerts.size(), 1, kSoon);
    rig.bridge().acknowledgeAlert(rig.bridge().monitor().alerts.first().number);
    QTRY_VERIFY_WITH_TIMEOUT(rig.bridge().monitor().alerts.first().isAcknowledged, kSoon);
    rig.unload();
    QTRY_COMPARE_WITH_TIMEOUT(rig.prompts().news(), (QStringList{kFull, kOver}), kSoon);
    QVERIFY(rig.bridge().monitor().alerts.isEmpty());
}

void TestAlertNews::tellsOfAlertsAfterTheClockWasSetBack()
{
    const TemporaryFolder folder;
    const auto clock = std::make_shared<ManualClock>();
    FixtureOptions options = watchedSmall(folder);
    options.clock = clock;
    Rig rig{options};
    QTRY_VERIFY_WITH_TIMEOUT(rig.bridge().monitor().at != 0, kSoon);
    const qint64 began = rig.bridge().monitor().at;
    clock->setWallBy(-std::chrono::hours{1});
    QTRY_VERIFY_WITH_TIMEOUT(rig.bridge().monitor().at < began, kSoon);
    QVERIFY(rig.load(kNearlyAll));
    QTRY_COMPARE_WITH_TIMEOUT(rig.prompts().news(), QStringList{kFull}, kSoon);
}

void TestAlertNews::tellsOfNoEarlierAlertAfterTheClockWasSetBack()
{
    const TemporaryFolder folder;
    const auto clock = std::make_shared<ManualClock>();
    FixtureOptions options = watchedSmall(folder);
    options.clock = clock;
    {
        Rig rig{options};
        QVERIFY(rig.load(kNearlyAll));
        QTRY_COMPARE_WITH_TIMEOUT(rig.prompts().news().size(), 1, kSoon);
    }
    clock->setWallBy(-std::chrono::hours{1});
    options.alerts.hold = std::chrono::hours{1}; // so long it goes on
    Rig rig{options};
    QTRY_VERIFY_WITH_TIMEOUT(rig.find<QAction>("pageMonitor")->text().contains(QLatin1Char('1')), kSoon);
    QCOMPARE(rig.prompts().news().size(), 0);
}

void TestAlertNews::showsAllThatWereByPages()
{
    constexpr int kAlerts = 2 * AlertPanel::kPage + 5;
    const TemporaryFolder folder;
    const FixtureOptions options = watchedByHand(folder);
    VERIFY_RESULT(writeAlerts(options, kAlerts));
    Rig rig{options};
    rig.find<QAction>("pageMonitor")->trigger();
    const AlertPanel* panel = rig.monitorPage().alerts();
    auto* more = rig.find<QPushButton>("moreAlerts");
    QTRY_COMPARE_WITH_TIMEOUT(panel->cards().size(), AlertPanel::kPage, kSoon);
    QTRY_VERIFY_WITH_TIMEOUT(more->isVisible(), kSoon);
    more->click();
    QCOMPARE(panel->cards().size(), 2 * AlertPanel::kPage);
    QTRY_VERIFY_WITH_TIMEOUT(more->isVisible(), kSoon); // the engine has told of five more
    more->click();
    QCOMPARE(panel->cards().size(), kAlerts);
    QCOMPARE(panel->cards().last()->alert().number, 1U);
    QVERIFY(!more->isVisible());
}

void TestAlertNews::acknowledgesWhatIsOverWithOnePress()
{
    const TemporaryFolder folder;
    Rig rig{watchedSmall(folder)};
    QVERIFY(makeAlertThatIsOver(rig));
    const QSignalSpy refused(&rig.bridge(), &EngineBridge::requestRefused);
    const QSignalSpy told(&rig.bridge(), &EngineBridge::alertGone);
    AlertCard* card = rig.monitorPage().alerts()->cards().first();
    QVERIFY(card->button()->isVisible());
    card->button()->click();
    QVERIFY(!card->button()->isVisible()); // whatever the engine has to do
    QTRY_VERIFY_WITH_TIMEOUT(rig.bridge().monitor().alerts.isEmpty(), kSoon);
    QTRY_COMPARE_WITH_TIMEOUT(rig.monitorPage().alerts()->cards().size(), 1, kSoon); // among those that were
    QVERIFY(!rig.monitorPage().alerts()->cards().first()->button()->isVisible());
    QCOMPARE(refused.size() + told.size(), 0);
}

/// Another program has acknowledged it, and the window does not know yet.
void TestAlertNews::leavesAlertsToWhoWasFirst()
{
    const TemporaryFolder folder;
    Rig rig{watchedSmall(folder)};
    QVERIFY(makeAlertThatIsOver(rig));
    const QSignalSpy refused(&rig.bridge(), &EngineBridge::requestRefused);
    const QSignalSpy gone(&rig.bridge(), &EngineBridge::alertGone);
    const AlertCard* card = rig.monitorPage().alerts()->cards().first();
    rig.bridge().acknowledgeAlert(card->alert().number); // as any other caller of the engine
    card->button()->click();
    QTRY_COMPARE_WITH_TIMEOUT(gone.size(), 1, kSoon);
    QCOMPARE(refused.size(), 0);
    QTRY_VERIFY_WITH_TIMEOUT(rig.bridge().monitor().alerts.isEmpty(), kSoon);
    QTRY_COMPARE_WITH_TIMEOUT(rig.monitorPage().alerts()->cards().size(), 1, kSoon);
    QVERIFY(!rig.monitorPage().alerts()->cards().first()->button()->isVisible());
    const QSignalSpy wanted(&rig.monitorPage(), &MonitorPage::earlierAlertsWanted);
    Q_EMIT rig.bridge().alertGone(4711);
    QCOMPARE(wanted.size(), 1); // its list is old
}

void TestAlertNews::tellsWhyAnAlertWasNotAcknowledged()
{
    const TemporaryFolder folder;
    Rig rig{watchedSmall(folder)};
    const QSignalSpy refused(&rig.bridge(), &EngineBridge::requestRefused);
    const QSignalSpy failed(&rig.bridge(), &EngineBridge::acknowledgementFailed);
    Q_EMIT rig.monitorPage().alertAcknowledged(0); // no alert has this number: the engine does not look for it
    QTRY_COMPARE_WITH_TIMEOUT(failed.size(), 1, kSoon);
    QCOMPARE(refused.size(), 1);
    QVERIFY(rig.find<Banner>("banner")->isVisible());
}

/// However many questions are under way, and however long the engine is at each of them.
void TestAlertNews::givesTheNewestAnswerLast()
{
    constexpr int kAlerts = 40;
    const TemporaryFolder folder;
    const FixtureOptions options = watchedByHand(folder);
    VERIFY_RESULT(writeAlerts(options, kAlerts));
    Rig rig{options};
    QList<qsizetype> answers;
    connect(&rig.bridge(), &EngineBridge::alertsReady, &rig.bridge(),
        [&](const QList<AlertView>& alerts) { answers.append(alerts.size()); });
    for (int most = 1; most <= kAlerts; ++most)
        rig.bridge().requestAlerts(most);
    QTRY_VERIFY_WITH_TIMEOUT(answers.contains(kAlerts), kSoon);
    QCOMPARE(answers, (QList<qsizetype>{1, kAlerts})); // those in between nobody waits for
    rig.bridge().requestAlerts(3);
    QTRY_COMPARE_WITH_TIMEOUT(answers.size(), 3, kSoon);
    QCOMPARE(answers.last(), 3);
}

void TestAlertNews::tellsOfMoreThanOneAnswerHolds()
{
    constexpr int kAlerts = 1000 + 2 * AlertPanel::kPage;
    const TemporaryFolder folder;
    const FixtureOptions options = watchedByHand(folder);
    VERIFY_RESULT(writeAlerts(options, kAlerts));
    Rig rig{options};
    QList<QList<AlertView>> answers;
    connect(&rig.bridge(), &EngineBridge::alertsReady, &rig.bridge(),
        [&](const QList<AlertView>& alerts) { answers.append(alerts); });
    const auto ask = [&](int most) {
        answers.clear();
        rig.bridge().requestAlerts(most);
        return QTest::qWaitFor([&] { return !answers.isEmpty(); }, kSoon);
    };
    QVERIFY(ask(kAlerts - 1));
    QCOMPARE(answers.first().size(), kAlerts - 1);
    for (qsizetype place = 0; place < answers.first().size(); ++place)
        QCOMPARE(answers.first()[place].number, static_cast<quint64>(kAlerts - place));
    QVERIFY(ask(10 * kAlerts));
    QCOMPARE(answers.first().size(), kAlerts);
    QVERIFY(ask(1000));
    QCOMPARE(answers.first().size(), 1000);
}

QTEST_MAIN(TestAlertNews)
#include "test_alert_news.moc"
