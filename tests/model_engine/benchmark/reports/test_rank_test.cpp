// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/rank_test.h"

#include <QTest>

#include <algorithm>
#include <cmath>

using namespace weightroom::engine;

// Without ties the wanted figures are those of scipy 1.17 (mannwhitneyu, exact), with ties those of going through all
// ways to part the ranks in Python. The critical values are those of the published tables of Mann and Whitney's U.

namespace {

using Values = std::vector<double>;

/// From `first` on in steps of a hundredth, in an order of its own.
Values scattered(int count, double first, int factor, int modulus)
{
    Values values;
    for (int i = 0; i < count; ++i)
        values.push_back(first + 0.01 * (i * factor % modulus));
    return values;
}

/// Whole numbers with many that are equal.
Values tied(int count, int first, int factor, int modulus)
{
    Values values;
    for (int i = 0; i < count; ++i)
        values.push_back(first + i * factor % modulus);
    return values;
}

/// In their order.
Values quotientsOf(const Values& before, const Values& after)
{
    Values quotients;
    for (const double divisor : before)
        std::ranges::transform(after, std::back_inserter(quotients), [divisor](double v) { return v / divisor; });
    std::ranges::sort(quotients);
    return quotients;
}

} // namespace

class TestRankTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knowsTheProbability_data();
    void knowsTheProbability();
    void looksAtRanksOnly();
    void estimatesARatio();
    void boundsTheRatio_data();
    void boundsTheRatio();
    void boundsTheRatioOfMany();
    void saysWhatLevelFewValuesGive();
};

void TestRankTest::knowsTheProbability_data()
{
    QTest::addColumn<Values>("before");
    QTest::addColumn<Values>("after");
    QTest::addColumn<double>("wanted");
    const auto row = [](const char* name, Values before, Values after, double wanted) {
        QTest::newRow(name) << std::move(before) << std::move(after) << wanted;
    };
    row("apart", {1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}, 2.0 / 252);
    row("in turns", {1, 3, 5, 7, 9}, {2, 4, 6, 8, 10}, 0.6904761904761905);
    row("of two lengths", {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46}, {1.15, 0.88, 0.90, 0.74, 1.21},
        0.2544122544122544);
    row("a bad run", {1, 2, 3, 4, 5, 6, 7, 20}, {8, 9, 10, 11, 12, 13}, 0.01998001998001998);
    row("ties", {1, 2, 2, 3, 5}, {2, 3, 4, 4, 6, 7}, 0.12554112554112554);
    row("more ties", {1, 1, 2, 2, 2, 3}, {1, 2, 3, 3, 3, 3, 4}, 0.12004662004662005);
    row("all equal", {1, 1, 1, 1, 1}, {1, 1, 1, 1, 1}, 1.0);
    row("one and one", {1}, {2}, 1.0);
    row("40: still exact", scattered(20, 1, 37, 101), scattered(20, 1.105, 53, 103), 0.8410127327426743);
    row("55: approximate", scattered(30, 1, 37, 101), scattered(25, 1.105, 53, 103), 0.5372593907710281);
    row("55 with ties", tied(30, 0, 37, 11), tied(25, 2, 53, 13), 0.005873467793687884);
    row("60, all equal", Values(30, 1.0), Values(30, 1.0), 1.0);
}

void TestRankTest::knowsTheProbability()
{
    QFETCH(const Values, before);
    QFETCH(const Values, after);
    QFETCH(const double, wanted);
    QVERIFY(std::abs(rankTest(before, after) - wanted) < 1e-12);
    QVERIFY(std::abs(rankTest(after, before) - wanted) < 1e-12);
}

void TestRankTest::looksAtRanksOnly()
{
    const Values before{1, 2, 3, 4, 5};
    QCOMPARE(rankTest(before, Values{6, 7, 8, 9, 10}), rankTest(before, Values{600, 7, 8000, 9, 1e9}));
}

void TestRankTest::estimatesARatio()
{
    const RatioEstimate twice = ratioBetween(Values{1, 1.1, 0.9, 1.02, 0.98}, Values{2, 2.2, 1.8, 2.04, 1.96}, 0.95);
    QCOMPARE(twice.ratio, 2.0);
    QVERIFY(twice.interval.low < 2 && twice.interval.high > 2);
    // One bad run does not move it.
    const RatioEstimate same = ratioBetween(Values{1, 1, 1, 1, 1}, Values{1, 1, 50, 1, 1}, 0.95);
    QCOMPARE(same.ratio, 1.0);
}

void TestRankTest::boundsTheRatio_data()
{
    QTest::addColumn<int>("countBefore");
    QTest::addColumn<int>("countAfter");
    QTest::addColumn<double>("level");
    QTest::addColumn<int>("leftOut"); // the critical value of the table for a two-sided test
    QTest::addColumn<double>("reached");
    const auto row = [](int before, int after, double level, int leftOut, double reached) {
        const std::string name =
            std::to_string(before) + " and " + std::to_string(after) + " at " + std::to_string(level);
        QTest::newRow(name.c_str()) << before << after << level << leftOut << reached;
    };
    row(5, 5, 0.95, 2, 0.9682539682539683);
    row(6, 6, 0.95, 5, 0.9588744588744589);
    row(8, 8, 0.95, 13, 0.9501165501165502);
    row(10, 5, 0.95, 8, 0.9600399600399601);
    row(10, 10, 0.95, 23, 0.9567429474550218);
    row(20, 20, 0.95, 127, 0.9509096748106276);
    row(5, 5, 0.99, 0, 0.9920634920634921);
    row(5, 6, 0.99, 1, 0.9913419913419913);
    row(7, 7, 0.99, 4, 0.993006993006993);
    row(8, 8, 0.99, 7, 0.993006993006993);
    row(10, 10, 0.99, 16, 0.991069302214813);
    row(15, 15, 0.99, 51, 0.9901251773494057);
    row(20, 20, 0.99, 105, 0.990516392808795);
}

void TestRankTest::boundsTheRatio()
{
    QFETCH(const int, countBefore);
    QFETCH(const int, countAfter);
    QFETCH(const double, level);
    QFETCH(const int, leftOut);
    QFETCH(const double, reached);
    const Values before = scattered(countBefore, 1, 37, 101);
    const Values after = scattered(countAfter, 1.1, 53, 103);
    const Values quotients = quotientsOf(before, after);
    const RatioEstimate estimate = ratioBetween(before, after, level);
    QCOMPARE(estimate.interval.low, quotients[static_cast<std::size_t>(leftOut)]);
    QCOMPARE(estimate.interval.high, quotients[quotients.size() - 1 - static_cast<std::size_t>(leftOut)]);
    QVERIFY(std::abs(estimate.interval.level - reached) < 1e-12);
}

/// 30 and 25 at 95 %: 30·25/2 - 1.96 √(30·25·56/12) = 259.05, so that 258 quotients are left out on each side.
void TestRankTest::boundsTheRatioOfMany()
{
    const Values before = scattered(30, 1, 37, 101);
    const Values after = scattered(25, 1.1, 53, 103);
    const Values quotients = quotientsOf(before, after);
    const RatioEstimate estimate = ratioBetween(before, after, 0.95);
    QCOMPARE(estimate.interval.low, quotients[258]);
    QCOMPARE(estimate.interval.high, quotients[749 - 258]);
    QCOMPARE(estimate.interval.level, 0.95);
}

void TestRankTest::saysWhatLevelFewValuesGive()
{
    const RatioEstimate estimate = ratioBetween(Values{1, 1, 1, 1}, Values{1, 2, 3, 4}, 0.99);
    QCOMPARE(estimate.interval.low, 1.0);
    QCOMPARE(estimate.interval.high, 4.0);
    QVERIFY(std::abs(estimate.interval.level - (1 - 2.0 / 70)) < 1e-12);
}

QTEST_APPLESS_MAIN(TestRankTest)
#include "test_rank_test.moc"
