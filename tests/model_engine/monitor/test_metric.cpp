// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/metric.h"

#include "model_engine/core/naming.h"

#include <QTest>

#include <array>
#include <chrono>
#include <set>
#include <string>
#include <string_view>

using namespace weightroom::engine;
using namespace std::chrono_literals;

namespace {

MetricPoint point(std::chrono::seconds from, double minimum, double mean, double maximum, std::uint64_t count)
{
    return {Clock::Wall{from}, minimum, mean, maximum, count};
}

} // namespace

class TestMetric : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void hasARowForEach();
    void keepsItsNames();
    void namesAreUniqueAndFoundAgain();
    void knowsNothingOfOtherNames();
    void namesUnits();
    void ordersSeries();
    void mergesAsIfSamplesHadComeToOne();
    void mergesWithNothing();
};

void TestMetric::hasARowForEach()
{
    const auto all = allMetrics();
    QCOMPARE(all.size(), static_cast<std::size_t>(Metric::GroupMemory));
    for (std::size_t index = 0; index < all.size(); ++index) {
        const MetricInfo& info = all[index];
        QCOMPARE(static_cast<std::size_t>(info.metric), index + 1);
        QVERIFY(info.unit != MetricUnit::None);
        QVERIFY(info.scope != MetricScope::None);
        QCOMPARE(&infoOf(info.metric), &info);
    }
    QVERIFY(infoOf(Metric::None).name.empty());
    QCOMPARE(infoOf(Metric::None).scope, MetricScope::None);
}

/// They stand in the files of users.
void TestMetric::keepsItsNames()
{
    constexpr std::array<std::string_view, 28> kNames{"memory_held", "memory_used_by_others", "memory_free", "gpu_busy",
        "gpu_memory_busy", "temperature", "power", "graphics_clock", "memory_clock", "pcie_received", "pcie_sent",
        "fan_speed", "load_time", "load_rate", "ram_used", "ram_available", "cache_held", "memory_stall", "disk_stall",
        "processor_stall", "disk_read", "disk_written", "engine_memory", "engine_processor", "cache_hits",
        "cache_misses", "load_failed", "control_group_memory"};
    std::set<std::string_view> names;
    for (const MetricInfo& info : allMetrics())
        names.insert(info.name);
    for (const std::string_view name : kNames)
        QVERIFY2(names.contains(name), std::string{name}.c_str());
}

void TestMetric::namesAreUniqueAndFoundAgain()
{
    std::set<std::string_view> names;
    for (const MetricInfo& info : allMetrics()) {
        const std::string name{info.name};
        QVERIFY2(isRegistrableName(name), name.c_str());
        QVERIFY2(names.insert(info.name).second, name.c_str());
        QVERIFY(toText(info.metric) == info.name);
        QVERIFY(metricFromText(name) == info.metric);
    }
}

void TestMetric::knowsNothingOfOtherNames()
{
    for (const std::string_view text : {"", "none", "Memory_held", "memory_held ", "memory"})
        QVERIFY2(!metricFromText(text), std::string{text}.c_str());
    QVERIFY(toText(Metric::None).empty());
    QVERIFY(toText(static_cast<Metric>(250)).empty());
}

void TestMetric::namesUnits()
{
    std::set<std::string_view> names;
    for (int unit = 0; unit <= static_cast<int>(MetricUnit::Count); ++unit)
        QVERIFY(names.insert(toText(static_cast<MetricUnit>(unit))).second);
    QVERIFY(toText(MetricUnit::BytesPerSecond) == "bytes_per_second");
}

void TestMetric::ordersSeries()
{
    const SeriesKey first{Metric::GpuBusy, {"GPU_0"}};
    QVERIFY(first < (SeriesKey{Metric::GpuBusy, {"GPU_1"}}));
    QVERIFY(first < (SeriesKey{Metric::Temperature, {}}));
    QVERIFY(first == (SeriesKey{Metric::GpuBusy, {"GPU_0"}}));
}

void TestMetric::mergesAsIfSamplesHadComeToOne()
{
    const MetricPoint early = point(60s, 1, 2, 4, 3); // 1, 1, 4
    const MetricPoint late = point(120s, 0, 5, 10, 2); // 0, 10
    const MetricPoint both = point(60s, 0, 3.2, 10, 5);
    QVERIFY(merged(early, late) == both);
    QVERIFY(merged(late, early) == both);
}

void TestMetric::mergesWithNothing()
{
    const MetricPoint some = point(120s, 1, 2, 4, 3);
    const MetricPoint nothing = point(60s, 0, 0, 0, 0);
    QVERIFY(merged(some, nothing) == some);
    QVERIFY(merged(nothing, some) == some);
    QCOMPARE(merged(nothing, nothing).count, std::uint64_t{0});
}

QTEST_APPLESS_MAIN(TestMetric)
#include "test_metric.moc"
