// SPDX-License-Identifier: GPL-3.0-or-later
//
// What an engine keeps of earlier times, and what it makes of it, through its door.
#include "model_engine/monitor/history/history_store.h"
#include "tests/model_engine/engine/monitor_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <utility>

using namespace weightroom::engine;
using namespace weightroom::test;

class TestEngineHistory : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsAHistory();
    void keepsMinutesAndHoursAsLongAsIsWished();
    void collectsPerformanceMetrics();
    void collectsFiguresOfManyLoads();
};

void TestEngineHistory::keepsAHistory()
{
    MonitorRig rig;
    rig.folder.write("host/meminfo", "MemTotal: 1048576 kB\nMemAvailable: 524288 kB\n");
    rig.write("one", kMiB * 4);
    VERIFY_RESULT(rig.scan());
    rig.letPass(std::chrono::seconds{1});
    rig.letPass(std::chrono::seconds{1});
    const Json request{{"metrics", {"ram_available", "memory_free", "temperature"}}, {"device_id", "HOST_0"}};
    const auto history = rig.call("monitor.get_metric_history", request);
    VERIFY_RESULT(history);
    QCOMPARE(history->at("series").size(), 3U);
    for (const Json& series : history->at("series")) {
        const auto metric = series.at("metric").get<std::string>();
        const auto times = series.at("times").size();
        if (metric == "temperature") {
            QCOMPARE(times, 0U); // of a host device there is none
            continue;
        }
        QCOMPARE(times, 3U);
        QCOMPARE(series.at("step_seconds").get<int>(), 1);
        QCOMPARE(series.at("device_id").is_null(), metric == "ram_available");
        if (metric == "ram_available")
            QCOMPARE(series.at("mean").at(2).get<double>(), 524288.0 * 1024);
    }
    // Put together to fewer points, each says how long it is.
    Json fewer = request;
    fewer["most_points"] = 2;
    fewer["step"] = "second";
    const auto thin = rig.call("monitor.get_metric_history", fewer);
    VERIFY_RESULT(thin);
    QCOMPARE(thin->at("series").at(0).at("times").size(), 2U);
    QCOMPARE(thin->at("series").at(0).at("step_seconds").get<int>(), 2);
    // The next engine has it too.
    rig.close();
    rig.monitoring = Monitoring::Off;
    const auto later = rig.call("monitor.get_metric_history", request);
    VERIFY_RESULT(later);
    QCOMPARE(later->at("series").at(0).at("times").size(), 3U);
}

void TestEngineHistory::keepsMinutesAndHoursAsLongAsIsWished()
{
    MonitorRig rig;
    rig.settings.history = {.minutes = std::chrono::days{2}, .hours = std::chrono::days{4}};
    const SeriesKey power{Metric::Power, {"HOST_0"}}; // of which the engine adds nothing
    const auto before = [&rig](int hours) { return rig.time->wallTime() - std::chrono::hours{hours}; };
    NullLog log;
    HistoryBatch batch;
    for (const int hours : {36, 72, 120})
        batch.samples.push_back({power, before(hours), 1.0});
    VERIFY_RESULT(HistoryStore(rig.dataFolder, *rig.time, log).write(batch));
    VERIFY_RESULT(rig.scan());
    QVERIFY(rig.waitUntil([](const MonitorSnapshot&) { return true; })); // it knows the wishes
    const auto timesOf = [&](const char* step) {
        const auto history = rig.call("monitor.get_metric_history",
            {{"metrics", {"power"}}, {"device_id", "HOST_0"}, {"period_seconds", 7 * 24 * 3600}, {"step", step}});
        return history ? history->at("series").at(0).at("times").size() : std::size_t{0};
    };
    QCOMPARE(timesOf("minute"), std::size_t{1}); // of 36 hours before
    QCOMPARE(timesOf("hour"), std::size_t{2}); // and of 72
}

void TestEngineHistory::collectsPerformanceMetrics()
{
    MonitorRig rig({kMiB * 32, kMiB});
    rig.write("one", kMiB * 4);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("one")));
    VERIFY_ERROR(rig.load(rig.idOf("one"), {{"device_id", "HOST_1"}}), ErrorCode::OutOfDeviceMemory);
    QVERIFY(rig.waitUntil([](const MonitorSnapshot& seen) { return seen.loads.size() == 2; }));
    rig.letPass(std::chrono::seconds{1});
    const auto all = rig.call("worker.collect_performance_metrics", {{"period_seconds", 60}});
    VERIFY_RESULT(all);
    QCOMPARE(all->at("devices").size(), 2U);
    const Json& first = all->at("devices").at(0);
    QCOMPARE(first.at("loads").at("succeeded").get<int>(), 1);
    QCOMPARE(first.at("loads").at("failed_fraction").get<double>(), 0.0);
    QVERIFY(first.at("metrics").at("memory_held").at("maximum").get<double>() >= static_cast<double>((kMiB * 4).value));
    QVERIFY(first.at("metrics").at("gpu_busy").is_null());
    const Json& second = all->at("devices").at(1);
    QCOMPARE(second.at("loads").at("failed_fraction").get<double>(), 1.0);
    QVERIFY(second.at("loads").at("mean_seconds").is_null());
    QVERIFY(all->at("machine").at("cache_hit_rate").is_number());
    QVERIFY(all->at("history_problem").is_null());
    const auto one = rig.call("worker.collect_performance_metrics", {{"device_id", "HOST_1"}});
    VERIFY_RESULT(one);
    QCOMPARE(one->at("devices").size(), 1U);
    // An hour later that is long ago.
    rig.letPass(std::chrono::hours{1});
    const auto later = rig.call("worker.collect_performance_metrics");
    VERIFY_RESULT(later);
    QCOMPARE(later->at("devices").at(0).at("loads").at("succeeded").get<int>(), 0);
    QVERIFY(later->at("devices").at(0).at("loads").at("failed_fraction").is_null());
}

/// Loads of 1 to 20 seconds, with as many MiB; one that has failed, and one elsewhere.
void TestEngineHistory::collectsFiguresOfManyLoads()
{
    MonitorRig rig({kMiB * 32, kMiB * 32});
    HistoryBatch batch;
    LoadEvent load{.at = rig.time->wallTime() - std::chrono::seconds{30},
        .model = ModelId{"m"},
        .device = {"HOST_0"},
        .end = LoadEnd::Succeeded,
        .moved = {}};
    for (const int seconds : {20, 3, 1, 18, 5, 12, 7, 8, 9, 10, 11, 6, 13, 14, 15, 16, 17, 4, 19, 2}) {
        load.took = std::chrono::seconds{seconds};
        load.moved = kMiB * static_cast<std::uint64_t>(seconds);
        batch.loads.push_back(load);
    }
    load.device = {"HOST_1"};
    load.took = std::chrono::seconds{600};
    batch.loads.push_back(load);
    load.device = {"HOST_0"};
    load.end = LoadEnd::Failed;
    batch.loads.push_back(load);
    for (const auto& [metric, value] : {std::pair{Metric::CacheHits, 3.0}, std::pair{Metric::CacheMisses, 1.0}})
        batch.samples.push_back({{metric, {}}, load.at, value});
    NullLog log;
    VERIFY_RESULT(HistoryStore(rig.dataFolder, *rig.time, log).write(batch));
    const auto answer =
        rig.call("worker.collect_performance_metrics", {{"device_id", "HOST_0"}, {"period_seconds", 60}});
    VERIFY_RESULT(answer);
    const Json& loads = answer->at("devices").at(0).at("loads");
    QCOMPARE(loads.at("succeeded").get<int>(), 20);
    QCOMPARE(loads.at("failed").get<int>(), 1);
    QCOMPARE(loads.at("mean_seconds").get<double>(), 10.5);
    QCOMPARE(loads.at("median_seconds").get<double>(), 10.5);
    QCOMPARE(loads.at("p95_seconds").get<double>(), 19.0); // 19 of 20 took no longer
    QCOMPARE(loads.at("longest_seconds").get<double>(), 20.0);
    QCOMPARE(loads.at("bytes_per_second").get<double>(), static_cast<double>(kMiB.value));
    QCOMPARE(loads.at("failed_fraction").get<double>(), 1.0 / 21);
    QCOMPARE(answer->at("machine").at("cache_hit_rate").get<double>(), 0.75);
    const auto other = rig.call("worker.collect_performance_metrics", {{"device_id", "HOST_1"}});
    VERIFY_RESULT(other);
    QCOMPARE(other->at("devices").at(0).at("loads").at("p95_seconds").get<double>(), 600.0);
}

QTEST_APPLESS_MAIN(TestEngineHistory)
#include "test_engine_history.moc"
