// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_store.h"

#include "tests/model_engine/monitor/history/history_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <memory>
#include <random>
#include <string>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;
using std::chrono::seconds;

/// Several series at once: as each by itself, however they are read.
class TestHistoryReadingTogether : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_rig = std::make_unique<HistoryRig>(); }
    void readsAllAsOneByOne_data();
    void readsAllAsOneByOne();
    void readsAllOfNothing();

private:
    std::unique_ptr<HistoryRig> m_rig;
};

/// Few of those that there are, and so many that the table is gone through once.
void TestHistoryReadingTogether::readsAllAsOneByOne_data()
{
    QTest::addColumn<std::size_t>("wanted");
    QTest::addColumn<HistorySpan>("span");
    QTest::addColumn<HistoryStep>("step");
    const HistorySpan most{kStart - 10min, kStart + 3h};
    const HistorySpan part{kStart + 1234s + 1ms, kStart + 5678s};
    for (const std::size_t wanted : {std::size_t{2}, std::size_t{6}, std::size_t{8}}) {
        for (const HistoryStep step : {HistoryStep::Unknown, HistoryStep::Second, HistoryStep::Minute}) {
            const auto row = [&](const char* name, const HistorySpan& span) {
                QTest::addRow("%zu, step %d, %s", wanted, static_cast<int>(step), name) << wanted << span << step;
            };
            row("most", most);
            row("part", part);
            row("all time", kAllTime);
            row("nothing", {kStart + 4h, kStart + 5h});
            row("the wrong way around", {kStart + 2h, kStart});
        }
    }
}

void TestHistoryReadingTogether::readsAllAsOneByOne()
{
    QFETCH(const std::size_t, wanted);
    QFETCH(const HistorySpan, span);
    QFETCH(const HistoryStep, step);
    const auto store = m_rig->open();
    std::mt19937 random{11};
    std::vector<SeriesKey> keys;
    std::vector<MetricSample> samples;
    for (int device = 0; device < 7; ++device) {
        keys.push_back({Metric::Power, {"GPU_" + std::to_string(device)}});
        for (seconds at{device * 100}; at < 2h; at += seconds{1 + random() % 40})
            samples.push_back(sampleAt(at, static_cast<double>(random() % 1000), keys.back()));
    }
    VERIFY_RESULT(store->write(samplesOf(samples)));
    VERIFY_RESULT(m_rig->execute("UPDATE point SET block = block + 3 WHERE step = 60 AND block % 7 = 2"));
    VERIFY_RESULT(m_rig->execute("UPDATE point SET minimum = maximum + 1 WHERE at_s % 29 = 5")); // none of ours
    keys.insert(keys.begin() + 1, {Metric::Power, {"GPU_that_is_not_there"}});
    keys.resize(wanted);
    constexpr std::size_t kMost = 50;
    const auto all = store->readAll(keys, span, kMost, step);
    VERIFY_RESULT(all);
    QCOMPARE(all->size(), wanted);
    for (std::size_t i = 0; i < wanted; ++i) {
        const auto one = store->read(keys[i], span, kMost, step, HistoryStore::kMostRows / wanted);
        VERIFY_RESULT(one);
        QVERIFY2((*all)[i].points == one->points, keys[i].device.text.c_str());
        QVERIFY((*all)[i].step == one->step);
        QVERIFY((*all)[i].length == one->length);
    }
}

void TestHistoryReadingTogether::readsAllOfNothing()
{
    const auto none = m_rig->open()->readAll({}, kAllTime, 10);
    VERIFY_RESULT(none);
    QVERIFY(none->empty());
    NullLog log;
    HistoryStore nowhere{{}, m_rig->clock(), log};
    const auto nothing = nowhere.readAll(std::array{kTemperature, kRamUsed}, kAllTime, 10, HistoryStep::Minute);
    VERIFY_RESULT(nothing);
    QCOMPARE(nothing->size(), std::size_t{2});
    QVERIFY(nothing->back().points.empty() && nothing->back().step == HistoryStep::Minute);
}

QTEST_APPLESS_MAIN(TestHistoryReadingTogether)
#include "test_history_reading_together.moc"
