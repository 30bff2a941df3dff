// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/prefetch_plan.h"

#include <QTest>

#include <map>

using namespace weightroom::engine;

namespace {

const std::vector<LikelyModel> kNext{
    {{"a"}, 0.5, {{"unet"}, {"vae"}}}, {{"b"}, 0.2, {{"unet"}}}, {{"c"}, 0.1, {{"unet"}}}};

/// What is not cached, by "model/component".
using Missing = std::map<std::string, Bytes>;

/// The plan, as "a/unet b/unet".
std::string planned(const Missing& missing, Bytes room, double least = kLeastPrefetchProbability)
{
    const auto find = [&](const ComponentKey& key) {
        const auto row = missing.find(key.model.text + "/" + key.component.text);
        return row == missing.end() ? std::nullopt : std::optional{row->second};
    };
    std::string names;
    for (const PlannedPrefetch& one : prefetchPlan(kNext, {room, find, least}))
        names += (names.empty() ? "" : " ") + one.key.model.text + "/" + one.key.component.text;
    return names;
}

} // namespace

class TestPrefetchPlan : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void plans_data();
    void plans();
    void saysHowLargeEachIs();
};

void TestPrefetchPlan::plans_data()
{
    QTest::addColumn<std::string>("plan");
    QTest::addColumn<std::string>("expected");
    const Missing all{{"a/unet", Bytes{10}}, {"a/vae", Bytes{1}}, {"b/unet", Bytes{8}}, {"c/unet", Bytes{1}}};
    QTest::newRow("likely ones") << planned(all, Bytes{100}) << std::string{"a/unet a/vae b/unet"};
    QTest::newRow("all") << planned(all, Bytes{100}, 0) << std::string{"a/unet a/vae b/unet c/unet"};
    QTest::newRow("none likely enough") << planned(all, Bytes{100}, 0.6) << std::string{};
    QTest::newRow("exactly fits") << planned(all, Bytes{19}) << std::string{"a/unet a/vae b/unet"};
    QTest::newRow("a byte less") << planned(all, Bytes{18}) << std::string{"a/unet a/vae"};
    QTest::newRow("passes over what is too large") << planned(all, Bytes{9}) << std::string{"a/vae b/unet"};
    QTest::newRow("no room") << planned(all, Bytes{}) << std::string{};
    QTest::newRow("what is cached") << planned({{"b/unet", Bytes{8}}}, Bytes{8}) << std::string{"b/unet"};
    const Missing huge{{"a/unet", Bytes{~0ULL}}, {"a/vae", Bytes{~0ULL}}, {"b/unet", Bytes{1}}};
    QTest::newRow("sizes that add up to more than a number holds") << planned(huge, Bytes{1}) << std::string{"b/unet"};
}

void TestPrefetchPlan::plans()
{
    QFETCH(const std::string, plan);
    QFETCH(const std::string, expected);
    QCOMPARE(plan, expected);
}

void TestPrefetchPlan::saysHowLargeEachIs()
{
    const auto plan = prefetchPlan(kNext, {Bytes{5}, [](const ComponentKey&) { return Bytes{5}; }});
    QVERIFY(plan == (std::vector<PlannedPrefetch>{{{{"a"}, {"unet"}}, Bytes{5}}}));
    QVERIFY(prefetchPlan({}, {Bytes{5}, [](const ComponentKey&) { return Bytes{5}; }}).empty());
}

QTEST_APPLESS_MAIN(TestPrefetchPlan)
#include "test_prefetch_plan.moc"
