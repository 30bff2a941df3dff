// SPDX-License-Identifier: GPL-3.0-or-later
//
// Several engines that raise alerts over one data folder: one of them writes at a time, and none takes away what
// another one has written.
#include "model_engine/monitor/alerts/alert_book.h"
#include "model_engine/monitor/history/history_store.h"
#include "model_engine/monitor/history/history_writer.h"

#include "tests/model_engine/monitor/history/history_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <functional>
#include <memory>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

const DeviceId kFirst{"GPU_0"};
const DeviceId kSecond{"GPU_1"};

/// What of an engine has to do with alerts.
class AlertingEngine {
public:
    using Write = std::function<Result<>(HistoryBatch)>;

    /// `write`: how it keeps what has changed; left out: at once.
    explicit AlertingEngine(HistoryRig& rig, Write write = {})
        : m_clock(rig.clock())
        , m_store(rig.open())
        , m_write(write ? std::move(write) : [this](const HistoryBatch& batch) { return m_store->write(batch); })
    {
        m_book.restore(m_store->alertsToGoOn(AlertBook::kMostShown).value_or(std::vector<Alert>{}));
    }

    /// Sees how full two devices are, some microseconds after whoever has looked before; and writes what has changed.
    Result<> look(double first, double second)
    {
        m_clock.advance(7us);
        const std::vector<AlertRule> rules{{.kind = AlertKind::MemoryFull, .threshold = 0.9, .hysteresis = 0.1}};
        const std::vector<AlertInput> inputs{
            {AlertKind::MemoryFull, kFirst, first}, {AlertKind::MemoryFull, kSecond, second}};
        HistoryBatch batch;
        for (const AlertChange& change : m_book.update(rules, inputs, m_clock.now(), m_clock.wallTime()))
            batch.alerts.push_back(change.alert);
        return m_write(std::move(batch));
    }
    Result<> acknowledge(std::uint64_t number)
    {
        const auto change = m_book.acknowledge(number, m_clock.wallTime());
        return change ? m_write({.samples = {}, .loads = {}, .alerts = {change->alert}}) : fail(change.error());
    }
    [[nodiscard]] std::vector<Alert> shown() const { return m_book.shown(); }

private:
    ManualClock& m_clock;
    std::unique_ptr<HistoryStore> m_store;
    Write m_write;
    AlertBook m_book;
};

std::vector<Alert> keptAlerts(HistoryRig& rig) { return rig.open()->alerts(100).value_or(std::vector<Alert>{}); }

} // namespace

class TestAlertsOfTwoEngines : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void giveNoNumberTwice();
    void keepWhatTheOtherHasWritten();
    void goOnInTheNextEngine();
    void keepWhatTheOtherHasAcknowledged();
    void endWhereNothingCouldBeWritten();
};

void TestAlertsOfTwoEngines::giveNoNumberTwice()
{
    HistoryRig rig;
    AlertingEngine one{rig};
    AlertingEngine other{rig};
    VERIFY_RESULT(one.look(0.95, 0.95));
    VERIFY_ERROR(other.look(0.95, 0.95), ErrorCode::FileInUse); // it writes when the first one has ended
    std::vector<Alert> all = one.shown();
    const std::vector<Alert> others = other.shown();
    all.insert(all.end(), others.begin(), others.end());
    QCOMPARE(all.size(), std::size_t{4});
    std::ranges::sort(all, {}, &Alert::number);
    QVERIFY(std::ranges::adjacent_find(all, {}, &Alert::number) == all.end());
}

void TestAlertsOfTwoEngines::keepWhatTheOtherHasWritten()
{
    HistoryRig rig;
    auto one = std::make_unique<AlertingEngine>(rig);
    AlertingEngine other{rig};
    VERIFY_RESULT(one->look(0.95, 0));
    VERIFY_ERROR(other.look(0, 0.95), ErrorCode::FileInUse);
    VERIFY_RESULT(one->look(0, 0));
    const std::vector<Alert> written = one->shown();
    QCOMPARE(written.size(), std::size_t{1});
    one.reset();
    VERIFY_RESULT(other.look(0, 0)); // over, and now it is written
    const std::vector<Alert> kept = keptAlerts(rig);
    QCOMPARE(kept.size(), std::size_t{2});
    QCOMPARE(kept[0].device, kSecond);
    QCOMPARE(kept[1].device, kFirst);
    QCOMPARE(kept[1].number, written[0].number);
    QVERIFY(kept[0].recoveredAt && kept[1].recoveredAt);
}

/// As after a crash: the other one raises, and is gone before it has seen the end.
void TestAlertsOfTwoEngines::goOnInTheNextEngine()
{
    HistoryRig rig;
    auto one = std::make_unique<AlertingEngine>(rig);
    auto other = std::make_unique<AlertingEngine>(rig);
    VERIFY_RESULT(one->look(0.95, 0));
    VERIFY_ERROR(other->look(0, 0.95), ErrorCode::FileInUse);
    one.reset();
    VERIFY_RESULT(other->look(0, 0.99)); // worse
    other.reset();
    AlertingEngine next{rig};
    QCOMPARE(next.shown().size(), std::size_t{2});
    VERIFY_RESULT(next.look(0, 0));
    for (const Alert& alert : keptAlerts(rig))
        QVERIFY(!alert.isActive());
    QCOMPARE(keptAlerts(rig).size(), std::size_t{2});
    VERIFY_RESULT(next.look(0.95, 0));
    QVERIFY(next.shown().back().number > next.shown().front().number);
    QCOMPARE(keptAlerts(rig).size(), std::size_t{3});
}

/// An alert that both have from an earlier run.
void TestAlertsOfTwoEngines::keepWhatTheOtherHasAcknowledged()
{
    HistoryRig rig;
    VERIFY_RESULT(AlertingEngine{rig}.look(0.95, 0));
    auto one = std::make_unique<AlertingEngine>(rig);
    AlertingEngine other{rig};
    VERIFY_RESULT(one->look(0.95, 0));
    const std::uint64_t number = one->shown().front().number;
    VERIFY_RESULT(one->acknowledge(number));
    VERIFY_RESULT(one->look(0.97, 0));
    const auto acknowledged = one->shown().front().acknowledgedAt;
    one.reset();
    rig.clock().advance(1min);
    VERIFY_RESULT(other.look(0.96, 0)); // it knows of neither
    const std::vector<Alert> kept = keptAlerts(rig);
    QCOMPARE(kept.size(), std::size_t{1});
    QCOMPARE(kept.front().number, number);
    QVERIFY(acknowledged.has_value());
    QVERIFY(kept.front().acknowledgedAt == acknowledged);
    QCOMPARE(kept.front().worst, 0.97);
}

/// In an engine that does not write: it is over there, and somebody has seen it, before it may.
void TestAlertsOfTwoEngines::endWhereNothingCouldBeWritten()
{
    HistoryRig rig;
    VERIFY_RESULT(AlertingEngine{rig}.look(0.95, 0));
    auto one = std::make_unique<AlertingEngine>(rig);
    VERIFY_RESULT(one->look(0.95, 0));
    const auto otherStore = rig.open();
    RecordingLog log;
    HistoryWriter writer{*otherStore, log};
    AlertingEngine other{rig, [&writer](HistoryBatch batch) {
                             writer.add(std::move(batch));
                             return writer.flush();
                         }};
    QCOMPARE(other.shown().size(), std::size_t{1});
    VERIFY_ERROR(other.acknowledge(other.shown().front().number), ErrorCode::FileInUse);
    VERIFY_ERROR(other.look(0, 0), ErrorCode::FileInUse);
    QVERIFY(other.shown().empty());
    QVERIFY(keptAlerts(rig).front().isActive());
    one.reset();
    VERIFY_RESULT(writer.flush());
    const std::vector<Alert> kept = keptAlerts(rig);
    QCOMPARE(kept.size(), std::size_t{1});
    QVERIFY(kept.front().recoveredAt && kept.front().acknowledgedAt);
    QVERIFY(AlertingEngine{rig}.shown().empty());
}

QTEST_APPLESS_MAIN(TestAlertsOfTwoEngines)
#include "test_alerts_of_two_engines.moc"
