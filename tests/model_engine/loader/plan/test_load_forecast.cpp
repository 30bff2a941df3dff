// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/plan/load_forecast.h"

#include <QTest>

using namespace weightroom::engine;
using namespace std::chrono_literals;
using Seconds = LoadForecast::Seconds;

namespace {

const DeviceId kGpu{"GPU_0"};
const DeviceId kOther{"GPU_1"};

LoadRates afterAColdLoad()
{
    LoadRates rates;
    rates.note(
        kGpu, {.toTake = kGiB, .fromDisk = kGiB * 2, .toCopy = kGiB * 4}, {.taking = 2s, .reading = 1s, .copying = 1s});
    return rates;
}

} // namespace

class TestLoadForecast : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knowsNothingAtFirst();
    void foretellsWhatItHasSeen();
    void doesNotGuessForAnotherDevice();
    void tellsDiskAndPageCacheApart();
    void learnsNothingFromAMixture();
    void followsWhatChanges();
    void learnsNothingFromLittle();
    void theSlowerPartCounts();
};

void TestLoadForecast::knowsNothingAtFirst()
{
    const LoadForecast forecast =
        LoadRates{}.forecast(kGpu, {.toTake = kGiB, .fromDisk = kGiB, .fromPageCache = {}, .toCopy = kGiB});
    QVERIFY(!forecast.taking && !forecast.reading && !forecast.copying && !forecast.total());
    // But nothing takes no time.
    QVERIFY(LoadRates{}.forecast(kGpu, {}).total() == Seconds{0});
}

void TestLoadForecast::foretellsWhatItHasSeen()
{
    const LoadForecast forecast =
        afterAColdLoad().forecast(kGpu, {.toTake = kGiB, .fromDisk = kGiB * 6, .toCopy = kGiB * 8});
    QVERIFY(forecast.taking == Seconds{2});
    QVERIFY(forecast.reading == Seconds{3});
    QVERIFY(forecast.copying == Seconds{2});
    QVERIFY(forecast.total() == Seconds{5});
}

void TestLoadForecast::doesNotGuessForAnotherDevice()
{
    const LoadForecast forecast = afterAColdLoad().forecast(kOther, {.fromDisk = kGiB * 2, .toCopy = kGiB});
    QVERIFY(forecast.reading == Seconds{1}); // the disk is the same
    QVERIFY(!forecast.copying);
    QVERIFY(!forecast.total());
}

void TestLoadForecast::tellsDiskAndPageCacheApart()
{
    LoadRates rates = afterAColdLoad();
    QVERIFY(!rates.forecast(kGpu, {.fromPageCache = kGiB}).reading);
    rates.note({}, {.fromDisk = kMiB, .fromPageCache = kGiB * 8}, {.reading = 1s});
    QVERIFY(rates.forecast(kGpu, {.fromDisk = kGiB * 2}).reading == Seconds{1});
    const auto both = rates.forecast(kGpu, {.fromDisk = kGiB * 2, .fromPageCache = kGiB * 8}).reading;
    QVERIFY(both > Seconds{1.9} && both < Seconds{2.1});
}

void TestLoadForecast::learnsNothingFromAMixture()
{
    LoadRates rates;
    rates.note(kGpu, {.fromDisk = kGiB, .fromPageCache = kGiB}, {.reading = 1s});
    QVERIFY(!rates.forecast(kGpu, {.fromDisk = kGiB}).reading);
    QVERIFY(!rates.forecast(kGpu, {.fromPageCache = kGiB}).reading);
}

void TestLoadForecast::followsWhatChanges()
{
    LoadRates rates = afterAColdLoad();
    for (int i = 0; i < 30; ++i) // the disk is half as fast from now on
        rates.note(kGpu, {.fromDisk = kGiB}, {.reading = 1s});
    const auto reading = rates.forecast(kGpu, {.fromDisk = kGiB}).reading;
    QVERIFY(reading > Seconds{0.99} && reading <= Seconds{1});
}

void TestLoadForecast::learnsNothingFromLittle()
{
    LoadRates rates = afterAColdLoad();
    rates.note(kGpu, {.fromDisk = kMiB, .toCopy = kMiB}, {.reading = 10s, .copying = 10s});
    rates.note(kGpu, {.fromDisk = kGiB, .toCopy = kGiB}, {}); // no time: a clock that stands still
    QVERIFY(rates.forecast(kGpu, {.fromDisk = kGiB * 2}).reading == Seconds{1});
    QVERIFY(rates.forecast(kGpu, {.toCopy = kGiB * 4}).copying == Seconds{1});
}

void TestLoadForecast::theSlowerPartCounts()
{
    const LoadRates rates = afterAColdLoad();
    QVERIFY(rates.forecast(kGpu, {.fromDisk = kGiB * 2, .toCopy = kGiB * 16}).total() == Seconds{4});
    QVERIFY(rates.forecast(kGpu, {.fromDisk = kGiB * 16, .toCopy = kGiB * 4}).total() == Seconds{8});
}

QTEST_APPLESS_MAIN(TestLoadForecast)
#include "test_load_forecast.moc"
