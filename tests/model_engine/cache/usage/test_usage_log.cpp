// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/usage_log.h"
#include "tests/model_engine/cache/usage/usage_events.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

class TestUsageLog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesOfKindsComeBack();
    void countsByComponent();
    void countsOnlyThePeriod();
    void readingAheadIsNoUse();
    void knowsNoIntervalOfOneUse();
    void knowsNoIntervalWhenTheClockWasSetBack();
    void groupsTheComponentsOfALoad();
    void dropsTheOldestWhenItIsFull();
    void putsEarlierRunsBefore();
    void takesOnlyTheLastOfEarlierRuns();
    void saysWhatIsNotKeptYet();
};

void TestUsageLog::namesOfKindsComeBack()
{
    for (const UseKind kind : {UseKind::Hit, UseKind::Miss, UseKind::Prefetch})
        QVERIFY(useKindFromText(toText(kind)) == kind);
    QVERIFY(!useKindFromText(toText(UseKind::None)));
    QVERIFY(!useKindFromText(""));
    QVERIFY(!useKindFromText("HIT"));
}

void TestUsageLog::countsByComponent()
{
    UsageLog log;
    log.add(useAt(0, "a"));
    UsageEvent slower = useAt(10, "a");
    slower.loadCost = 4s;
    slower.size = Bytes{200};
    log.add(slower);
    log.add(useAt(30, "a", "unet", UseKind::Hit));
    log.add(useAt(31, "a", "vae", UseKind::Hit));
    const UsageByComponent usage = usageByComponent(log.events(), kRun);
    QCOMPARE(usage.size(), std::size_t{2});
    const ComponentUsage& unet = usage.at({{"a"}, {"unet"}});
    QCOMPARE(unet.hits, 1U);
    QCOMPARE(unet.misses, 2U);
    QCOMPARE(unet.uses(), 3U);
    QVERIFY(unet.firstUsedAt == kRun);
    QVERIFY(unet.lastUsedAt == kRun + 30s);
    QVERIFY(unet.meanInterval() == std::optional<std::chrono::duration<double>>{15s});
    QVERIFY(unet.meanLoadCost() == std::optional<std::chrono::duration<double>>{3s}); // a hit was no read
    QCOMPARE(unet.size, Bytes{100}); // when it was used last
    QVERIFY(!usage.at({{"a"}, {"vae"}}).meanLoadCost());
}

void TestUsageLog::countsOnlyThePeriod()
{
    UsageLog log;
    for (const int second : {0, 10, 20})
        log.add(useAt(second, "a"));
    QCOMPARE(usageByComponent(log.events(), kRun + 10s).begin()->second.uses(), 2U);
    QVERIFY(usageByComponent(log.events(), kRun + 21s).empty());
}

void TestUsageLog::readingAheadIsNoUse()
{
    UsageLog log;
    log.add(useAt(0, "a", "unet", UseKind::Prefetch));
    const UsageByComponent usage = usageByComponent(log.events(), kRun);
    QCOMPARE(usage.begin()->second.uses(), 0U);
    QCOMPARE(usage.begin()->second.reads, 1U);
    QVERIFY(usage.begin()->second.meanLoadCost());
    QVERIFY(modelUses(log.events()).empty());
}

void TestUsageLog::knowsNoIntervalOfOneUse()
{
    QVERIFY(!ComponentUsage{}.meanInterval());
    UsageLog log;
    log.add(useAt(5, "a"));
    QVERIFY(!usageByComponent(log.events(), kRun).begin()->second.meanInterval());
}

void TestUsageLog::knowsNoIntervalWhenTheClockWasSetBack()
{
    UsageLog log;
    log.add(useAt(100, "a"));
    log.add(useAt(50, "a"));
    QVERIFY(!usageByComponent(log.events(), kRun).begin()->second.meanInterval());
}

void TestUsageLog::groupsTheComponentsOfALoad()
{
    UsageLog log;
    log.add(useAt(0, "a", "unet"));
    log.add(useAt(0, "a", "vae", UseKind::Hit));
    log.add(useAt(1, "b", "lora", UseKind::Prefetch));
    log.add(useAt(7, "a", "unet", UseKind::Hit)); // another load of the same model
    log.add(useAt(7, "b", "unet"));
    UsageEvent ofAnotherRun = useAt(7, "b", "unet");
    ofAnotherRun.runStartedAt += 5s;
    log.add(ofAnotherRun);
    const std::vector<ModelUse> uses = modelUses(log.events());
    QCOMPARE(uses.size(), std::size_t{4});
    QCOMPARE(uses[0].components.size(), std::size_t{2});
    QVERIFY(uses[1].model == ModelId{"a"} && uses[1].at == kRun + 7s);
    QVERIFY(uses[2].model == ModelId{"b"} && uses[2].components.size() == 1);
    QVERIFY(uses[3].runStartedAt == kRun + 5s);
}

void TestUsageLog::dropsTheOldestWhenItIsFull()
{
    UsageLog log;
    for (int i = 0; i <= static_cast<int>(UsageLog::kMostEvents); ++i)
        log.add(useAt(i, "a"));
    QCOMPARE(log.events().size(), UsageLog::kMostEvents);
    QVERIFY(log.events().front().at == kRun + 1s);
    QCOMPARE(log.unkeptCount(), UsageLog::kMostEvents); // the one that fell out cannot be kept any more
    QCOMPARE(log.unkept().events.size(), UsageLog::kMostEvents);
}

void TestUsageLog::putsEarlierRunsBefore()
{
    UsageLog log;
    log.add(useAt(100, "c"));
    log.restore(std::array{useAt(1, "a"), useAt(2, "b")});
    QCOMPARE(log.events().size(), std::size_t{3});
    QVERIFY(log.events()[0].key.model == ModelId{"a"});
    QVERIFY(log.events()[2].key.model == ModelId{"c"});
    QCOMPARE(log.unkeptCount(), std::size_t{1}); // the others are kept already
    QVERIFY(log.unkept().events.front().key.model == ModelId{"c"});
}

void TestUsageLog::takesOnlyTheLastOfEarlierRuns()
{
    UsageLog log;
    log.add(useAt(0, "now"));
    std::vector<UsageEvent> earlier;
    for (int i = 0; i < static_cast<int>(UsageLog::kMostEvents); ++i)
        earlier.push_back(useAt(i, "earlier"));
    log.restore(earlier);
    QCOMPARE(log.events().size(), UsageLog::kMostEvents);
    QVERIFY(log.events().front().at == kRun + 1s);
    QVERIFY(log.events().back().key.model == ModelId{"now"});
}

void TestUsageLog::saysWhatIsNotKeptYet()
{
    UsageLog log;
    log.add(useAt(0, "a"));
    log.add(useAt(1, "b"));
    const UsageLog::Unkept first = log.unkept();
    QCOMPARE(first.events.size(), std::size_t{2});
    log.add(useAt(2, "c")); // while the others are written
    log.setKept(first.mark);
    QCOMPARE(log.unkeptCount(), std::size_t{1});
    QVERIFY(log.unkept().events.front().key.model == ModelId{"c"});
    log.setKept(log.unkept().mark);
    log.setKept(first.mark); // too late
    QVERIFY(log.unkept().events.empty());
}

QTEST_APPLESS_MAIN(TestUsageLog)
#include "test_usage_log.moc"
