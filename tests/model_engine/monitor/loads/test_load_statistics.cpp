// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/loads/load_statistics.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

const DeviceId kHost{"HOST_0"};

LoadEvent load(double seconds, LoadEnd end = LoadEnd::Succeeded, const DeviceId& device = kHost)
{
    return {.at = {},
        .model = ModelId{"m"},
        .device = device,
        .end = end,
        .took = std::chrono::duration<double>{seconds},
        .moved = kGiB};
}

} // namespace

class TestLoadStatistics : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void saysNothingOfNone();
    void countsEachEnd();
    void measuresThoseThatSucceeded();
    void takesTheLongestOfFewForTheP95();
    void keepsDevicesApart();
};

void TestLoadStatistics::saysNothingOfNone() { QVERIFY(statisticsOf({}, kHost) == LoadStatistics{}); }

void TestLoadStatistics::countsEachEnd()
{
    const std::vector loads{
        load(1), load(2, LoadEnd::Failed), load(3, LoadEnd::Cancelled), load(1), load(1), load(9, LoadEnd::Unknown)};
    const LoadStatistics statistics = statisticsOf(loads, kHost);
    QCOMPARE(statistics.succeeded, 3U);
    QCOMPARE(statistics.failed, 1U);
    QCOMPARE(statistics.cancelled, 1U);
    QCOMPARE(statistics.failedFraction, std::optional{0.25});
    QCOMPARE(statistics.meanSeconds, std::optional{1.0});
    const std::vector cancelled{load(3, LoadEnd::Cancelled)};
    QVERIFY(!statisticsOf(cancelled, kHost).failedFraction); // neither well nor ill
    const std::vector failed{load(3, LoadEnd::Failed)};
    QCOMPARE(statisticsOf(failed, kHost).failedFraction, std::optional{1.0});
    QVERIFY(!statisticsOf(failed, kHost).meanSeconds);
}

void TestLoadStatistics::measuresThoseThatSucceeded()
{
    std::vector<LoadEvent> loads;
    for (int i = 100; i >= 1; --i)
        loads.push_back(load(i));
    const LoadStatistics statistics = statisticsOf(loads, kHost);
    QCOMPARE(statistics.meanSeconds, std::optional{50.5});
    QCOMPARE(statistics.medianSeconds, std::optional{50.5});
    QCOMPARE(statistics.p95Seconds, std::optional{95.0});
    QCOMPARE(statistics.longestSeconds, std::optional{100.0});
    QCOMPARE(statistics.bytesPerSecond, std::optional{100.0 * static_cast<double>(kGiB.value) / 5050});
}

void TestLoadStatistics::takesTheLongestOfFewForTheP95()
{
    const std::vector loads{load(3), load(1), load(2)};
    QCOMPARE(statisticsOf(loads, kHost).medianSeconds, std::optional{2.0});
    QCOMPARE(statisticsOf(loads, kHost).p95Seconds, std::optional{3.0});
}

void TestLoadStatistics::keepsDevicesApart()
{
    const std::vector loads{load(1), load(5, LoadEnd::Succeeded, {})};
    QCOMPARE(statisticsOf(loads, kHost).meanSeconds, std::optional{1.0});
    QCOMPARE(statisticsOf(loads, {}).meanSeconds, std::optional{5.0}); // into the cache only
    QVERIFY(statisticsOf(loads, DeviceId{"GPU_0"}) == LoadStatistics{});
}

QTEST_APPLESS_MAIN(TestLoadStatistics)
#include "test_load_statistics.moc"
