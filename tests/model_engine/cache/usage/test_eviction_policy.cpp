// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/eviction_policy.h"

#include <QTest>

using namespace weightroom::engine;
using namespace std::chrono_literals;

namespace {

EvictionCandidate candidate(const char* model, Bytes bytes, double seconds, std::uint64_t lastUse)
{
    return {{{model}, {"unet"}}, bytes, std::chrono::duration<double>{seconds}, lastUse};
}

/// One letter a model.
std::string orderOf(const EvictionRule& rule, const std::vector<EvictionCandidate>& candidates)
{
    std::string order;
    for (const std::size_t index : evictionOrder(rule, candidates))
        order += candidates[index].key.model.text;
    return order;
}

ExpectedUses expect(std::initializer_list<std::pair<const char*, double>> uses)
{
    ExpectedUses expected;
    for (const auto& [model, count] : uses)
        expected[{{model}, {"unet"}}] = count;
    return expected;
}

} // namespace

class TestEvictionPolicy : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesItsPolicies();
    void followsTheSetting();
    void leastRecentlyUsedLooksAtNothingElse();
    void valueWeighsCostUsesAndBytes();
    void whatIsNeverExpectedGoesFirstAndTheOldestBefore();
    void whatGivesNothingBackGoesLast();
    void pinnedStays();
    void anEmptyCacheHasNoOrder();
};

void TestEvictionPolicy::namesItsPolicies()
{
    QCOMPARE(toText(EvictionPolicy::LeastRecentlyUsed), std::string_view{"lru"});
    QCOMPARE(toText(EvictionPolicy::Value), std::string_view{"value"});
    QCOMPARE(toText(EvictionPolicy::None), std::string_view{"none"});
}

void TestEvictionPolicy::followsTheSetting()
{
    QVERIFY(evictionPolicyFor(EvictionChoice::LeastRecentlyUsed) == EvictionPolicy::LeastRecentlyUsed);
    QVERIFY(evictionPolicyFor(EvictionChoice::Value) == EvictionPolicy::Value);
    QVERIFY(evictionPolicyFor(EvictionChoice::Auto) == EvictionPolicy::Value);
}

void TestEvictionPolicy::leastRecentlyUsedLooksAtNothingElse()
{
    const EvictionRule rule{.policy = EvictionPolicy::LeastRecentlyUsed, .expectedUses = expect({{"b", 9}})};
    QCOMPARE(orderOf(rule, {candidate("a", kMiB, 9, 3), candidate("b", kGiB, 1, 1), candidate("c", kMiB, 0, 2)}),
        std::string{"bca"});
}

void TestEvictionPolicy::valueWeighsCostUsesAndBytes()
{
    const EvictionRule rule{
        .policy = EvictionPolicy::Value, .expectedUses = expect({{"a", 1}, {"b", 1}, {"c", 2}, {"d", 1}})};
    // a: the measure; b: twice the bytes; c: twice the uses; d: three times the cost
    const std::vector<EvictionCandidate> candidates{candidate("a", kMiB, 1, 4), candidate("b", kMiB * 2, 1, 3),
        candidate("c", kMiB, 1, 2), candidate("d", kMiB, 3, 1)};
    QCOMPARE(orderOf(rule, candidates), std::string{"bacd"});
    QCOMPARE(keepValue(3s, 2, Bytes{4}), 1.5);
    EvictionRule withCosts = rule;
    withCosts.loadCosts[{{"a"}, {"unet"}}] = 10s; // what all its readings took, instead of the last one
    QCOMPARE(orderOf(withCosts, candidates), std::string{"bcda"});
}

void TestEvictionPolicy::whatIsNeverExpectedGoesFirstAndTheOldestBefore()
{
    const EvictionRule rule{.policy = EvictionPolicy::Value, .expectedUses = expect({{"a", 0.001}})};
    QCOMPARE(orderOf(rule, {candidate("a", kGiB, 1, 1), candidate("b", kMiB, 9, 3), candidate("c", kMiB, 9, 2)}),
        std::string{"cba"});
}

void TestEvictionPolicy::whatGivesNothingBackGoesLast()
{
    const EvictionRule rule{.policy = EvictionPolicy::Value, .expectedUses = expect({{"b", 100}})};
    QCOMPARE(orderOf(rule, {candidate("a", Bytes{}, 1, 1), candidate("b", kMiB, 1, 2)}), std::string{"ba"});
}

void TestEvictionPolicy::pinnedStays()
{
    for (const EvictionPolicy policy : {EvictionPolicy::LeastRecentlyUsed, EvictionPolicy::Value}) {
        const EvictionRule rule{.policy = policy, .pinned = {ModelId{"a"}}};
        QCOMPARE(orderOf(rule, {candidate("a", kMiB, 1, 1), candidate("b", kMiB, 1, 2)}), std::string{"b"});
    }
}

void TestEvictionPolicy::anEmptyCacheHasNoOrder() { QVERIFY(evictionOrder({}, {}).empty()); }

QTEST_APPLESS_MAIN(TestEvictionPolicy)
#include "test_eviction_policy.moc"
