// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/metric_collection.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <limits>

using namespace weightroom::engine;

namespace {

const DeviceId kGpu{"GPU_0"};

/// A GPU of 24 GiB that tells some of what it could.
MonitorSnapshot someSnapshot()
{
    MonitorSnapshot snapshot;
    snapshot.at = Clock::Wall{std::chrono::seconds{1000}};
    WatchedDevice gpu;
    gpu.description.id = kGpu;
    gpu.ledger = {.total = kGiB * 24,
        .entries = {{.owner = LedgerOwner::Component, .size = kGiB * 4}, {.owner = LedgerOwner::Shared, .size = kGiB},
            {.owner = LedgerOwner::Loading, .size = kGiB}, {.owner = LedgerOwner::Overhead, .size = kGiB},
            {.owner = LedgerOwner::Context, .size = kGiB}, {.owner = LedgerOwner::Process, .size = kGiB * 2},
            {.owner = LedgerOwner::Reserved, .size = kGiB}, {.owner = LedgerOwner::Unattributed, .size = kGiB},
            {.owner = LedgerOwner::Free, .size = kGiB * 12}}};
    gpu.reading.emplace();
    gpu.reading->busyFraction = 0.5;
    gpu.reading->temperature = 61;
    snapshot.devices.push_back(gpu);
    snapshot.host.memoryTotal = kGiB * 64;
    snapshot.host.memoryAvailable = kGiB * 48;
    snapshot.host.diskRead = 1e9;
    snapshot.host.group.memory = kGiB * 2;
    snapshot.cache = {.total = kGiB * 16,
        .entries = {{.owner = LedgerOwner::Component, .size = kGiB * 3}, {.owner = LedgerOwner::Ready, .size = kGiB},
            {.owner = LedgerOwner::Unattributed, .size = {}}, {.owner = LedgerOwner::Free, .size = kGiB * 12}}};
    snapshot.cacheHits = 10;
    snapshot.cacheMisses = 4;
    return snapshot;
}

std::optional<double> valueOf(const std::vector<MetricSample>& samples, Metric metric, const DeviceId& device = {})
{
    const auto found = std::ranges::find(samples, SeriesKey{metric, device}, &MetricSample::series);
    return found == samples.end() ? std::nullopt : std::optional{found->value};
}

double bytes(Bytes value) { return static_cast<double>(value.value); }

} // namespace

class TestMetricCollection : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void takesWhatIsKnown();
    void makesNothingUp();
    void repeatsNothingThatWasNotMeasured();
    void countsSinceTheLastOne();
    void addsUpToTheWholeDevice();
    void takesTimesOfLoads();
};

void TestMetricCollection::takesWhatIsKnown()
{
    const auto samples = samplesOf(someSnapshot(), nullptr);
    QCOMPARE(valueOf(samples, Metric::GpuBusy, kGpu), std::optional{0.5});
    QCOMPARE(valueOf(samples, Metric::Temperature, kGpu), std::optional{61.0});
    QCOMPARE(valueOf(samples, Metric::RamUsed), std::optional{bytes(kGiB * 16)});
    QCOMPARE(valueOf(samples, Metric::RamAvailable), std::optional{bytes(kGiB * 48)});
    QCOMPARE(valueOf(samples, Metric::CacheHeld), std::optional{bytes(kGiB * 3)});
    QCOMPARE(valueOf(samples, Metric::DiskRead), std::optional{1e9});
    QCOMPARE(valueOf(samples, Metric::GroupMemory), std::optional{bytes(kGiB * 2)});
    QVERIFY(std::ranges::all_of(
        samples, [](const MetricSample& sample) { return sample.at == Clock::Wall{std::chrono::seconds{1000}}; }));
}

void TestMetricCollection::makesNothingUp()
{
    MonitorSnapshot snapshot = someSnapshot();
    auto samples = samplesOf(snapshot, nullptr);
    for (const Metric metric : {Metric::Power, Metric::FanSpeed, Metric::PcieSent})
        QVERIFY(!valueOf(samples, metric, kGpu));
    for (const Metric metric : {Metric::DiskStall, Metric::EngineMemory, Metric::CacheHits})
        QVERIFY(!valueOf(samples, metric));
    snapshot.devices.front().reading.reset();
    snapshot.host = {};
    samples = samplesOf(snapshot, nullptr);
    QVERIFY(!valueOf(samples, Metric::GpuBusy, kGpu));
    QVERIFY(!valueOf(samples, Metric::RamUsed));
    QVERIFY(!valueOf(samples, Metric::GroupMemory)); // no control group, or one that does not tell
    QVERIFY(valueOf(samples, Metric::MemoryFree, kGpu)); // the ledger knows that all the same
    snapshot.devices.front().ledger.areOthersKnown = false;
    samples = samplesOf(snapshot, nullptr);
    QVERIFY(!valueOf(samples, Metric::MemoryFree, kGpu) && !valueOf(samples, Metric::MemoryUsedByOthers, kGpu));
    QVERIFY(valueOf(samples, Metric::MemoryHeld, kGpu));
    snapshot.devices.front().reading.emplace().power = std::numeric_limits<double>::infinity();
    QVERIFY(!valueOf(samplesOf(snapshot, nullptr), Metric::Power, kGpu));
}

/// Of a GPU that is left to find its sleep.
void TestMetricCollection::repeatsNothingThatWasNotMeasured()
{
    MonitorSnapshot snapshot = someSnapshot();
    QVERIFY(keptSamplesOf(snapshot).empty());
    const Clock::Wall then = snapshot.at - std::chrono::seconds{20};
    snapshot.devices.front().isKept = true;
    snapshot.devices.front().readAt = then;
    const auto samples = samplesOf(snapshot, nullptr);
    for (const Metric metric : {Metric::GpuBusy, Metric::Temperature, Metric::MemoryUsedByOthers, Metric::MemoryFree})
        QVERIFY(!valueOf(samples, metric, kGpu));
    QVERIFY(valueOf(samples, Metric::MemoryHeld, kGpu)); // the engine knows that by itself
    QVERIFY(valueOf(samples, Metric::RamUsed));
    const auto kept = keptSamplesOf(snapshot);
    QCOMPARE(kept.size(), 4U);
    QCOMPARE(valueOf(kept, Metric::GpuBusy, kGpu), std::optional{0.5});
    QCOMPARE(valueOf(kept, Metric::Temperature, kGpu), std::optional{61.0});
    QCOMPARE(valueOf(kept, Metric::MemoryUsedByOthers, kGpu), std::optional{bytes(kGiB * 4)});
    QCOMPARE(valueOf(kept, Metric::MemoryFree, kGpu), std::optional{bytes(kGiB * 12)});
    QVERIFY(std::ranges::all_of(kept, [&](const MetricSample& sample) { return sample.at == then; }));
}

void TestMetricCollection::countsSinceTheLastOne()
{
    const MonitorSnapshot before = someSnapshot();
    MonitorSnapshot now = someSnapshot();
    now.cacheHits = 13;
    const auto samples = samplesOf(now, &before);
    QCOMPARE(valueOf(samples, Metric::CacheHits), std::optional{3.0});
    QCOMPARE(valueOf(samples, Metric::CacheMisses), std::optional{0.0});
}

void TestMetricCollection::addsUpToTheWholeDevice()
{
    const auto samples = samplesOf(someSnapshot(), nullptr);
    const auto held = valueOf(samples, Metric::MemoryHeld, kGpu);
    const auto others = valueOf(samples, Metric::MemoryUsedByOthers, kGpu);
    const auto unused = valueOf(samples, Metric::MemoryFree, kGpu);
    QCOMPARE(held, std::optional{bytes(kGiB * 8)});
    QCOMPARE(others, std::optional{bytes(kGiB * 4)});
    QCOMPARE(*held + *others + *unused, bytes(kGiB * 24));
}

void TestMetricCollection::takesTimesOfLoads()
{
    LoadEvent load{.at = Clock::Wall{std::chrono::seconds{5}},
        .model = ModelId{"m"},
        .device = kGpu,
        .end = LoadEnd::Succeeded,
        .took = std::chrono::duration<double>{2},
        .moved = kGiB};
    const auto samples = samplesOf(load);
    QCOMPARE(samples.size(), 3U);
    QCOMPARE(valueOf(samples, Metric::LoadFailed, kGpu), std::optional{0.0});
    QCOMPARE(valueOf(samples, Metric::LoadTime, kGpu), std::optional{2.0});
    QCOMPARE(valueOf(samples, Metric::LoadRate, kGpu), std::optional{bytes(kGiB) / 2});
    load.took = {};
    QCOMPARE(samplesOf(load).size(), 2U); // no rate by division by nothing
    load.end = LoadEnd::Failed;
    QCOMPARE(samplesOf(load).size(), 1U);
    QCOMPARE(valueOf(samplesOf(load), Metric::LoadFailed, kGpu), std::optional{1.0});
    load.end = LoadEnd::Cancelled; // neither
    QVERIFY(samplesOf(load).empty());
    load.end = LoadEnd::Succeeded;
    load.device = {};
    QVERIFY(samplesOf(load).empty());
}

QTEST_APPLESS_MAIN(TestMetricCollection)
#include "test_metric_collection.moc"
