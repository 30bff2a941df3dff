// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/statistics.h"

#include <QTest>

#include <numeric>

using namespace weightroom::engine;

// The wanted figures are those of Python's statistics, numpy 2 (percentile with method inverted_cdf) and scipy 1.17
// (median_abs_deviation, binom).

namespace {

using Values = std::vector<double>;

Values countUpTo(int last)
{
    Values values(static_cast<std::size_t>(last));
    std::iota(values.begin(), values.end(), 1.0);
    return values;
}

bool isNear(double value, double wanted) { return std::abs(value - wanted) <= 1e-12 * std::max(1.0, std::abs(wanted)); }

} // namespace

class TestStatistics : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void describesValues_data();
    void describesValues();
    void saysNothingOfNothing();
    void doesNotDependOnTheOrder();
    void takesP95ByNearestRank_data();
    void takesP95ByNearestRank();
    void namesOutliers_data();
    void namesOutliers();
    void boundsTheMedian_data();
    void boundsTheMedian();
    void boundsTheMedianOfVeryMany();
    void leavesRelativeDeviationFromZeroOut();
    void writesWhatItKnows();
};

void TestStatistics::describesValues_data()
{
    QTest::addColumn<Values>("values");
    QTest::addColumn<Values>("wanted"); // minimum, median, mean, p95, maximum, deviation
    const auto row = [](const char* name, Values values, Values wanted) {
        QTest::newRow(name) << std::move(values) << std::move(wanted);
    };
    row("one", {2.5}, {2.5, 2.5, 2.5, 2.5, 2.5, 0});
    row("two", {1, 4}, {1, 2.5, 2.5, 4, 4, 1.5});
    row("five", {3, 1, 2, 5, 4}, {1, 3, 3, 5, 5, 1});
    row("six with a bad run", {1.02, 0.98, 1.0, 1.01, 0.99, 1.6},
        {0.98, 1.005, 1.0999999999999999, 1.6, 1.6, 0.015000000000000013});
    row("twelve", {0.871, 0.884, 0.862, 0.99, 0.901, 0.877, 0.869, 0.893, 0.858, 1.412, 0.88, 0.875},
        {0.858, 0.8785, 0.931, 1.412, 1.412, 0.01200000000000001});
    Values forty;
    for (int i = 0; i < 40; ++i)
        forty.push_back(1 + 0.01 * (i * 37 % 101));
    row("forty", forty, {1.0, 1.485, 1.4985, 1.94, 2.0, 0.255});
}

void TestStatistics::describesValues()
{
    QFETCH(const Values, values);
    QFETCH(const Values, wanted);
    const auto found = statisticsOf(values);
    QVERIFY(found);
    QCOMPARE(found->count, values.size());
    QVERIFY(isNear(found->minimum, wanted[0]));
    QVERIFY(isNear(found->median, wanted[1]));
    QVERIFY(isNear(found->mean, wanted[2]));
    QVERIFY(isNear(found->p95, wanted[3]));
    QVERIFY(isNear(found->maximum, wanted[4]));
    QVERIFY(isNear(found->deviation, wanted[5]));
    QVERIFY(isNear(found->relativeDeviation.value(), wanted[5] / wanted[1]));
    QVERIFY(isNear(medianOf(values), wanted[1]));
}

void TestStatistics::saysNothingOfNothing() { QVERIFY(!statisticsOf({})); }

void TestStatistics::doesNotDependOnTheOrder()
{
    Values values = countUpTo(21);
    const auto ascending = statisticsOf(values);
    std::ranges::reverse(values);
    QVERIFY(statisticsOf(values) == ascending);
}

void TestStatistics::takesP95ByNearestRank_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<double>("wanted");
    QTest::newRow("19: the maximum") << 19 << 19.0;
    QTest::newRow("20: the last but one") << 20 << 19.0;
    QTest::newRow("21") << 21 << 20.0;
    QTest::newRow("39") << 39 << 38.0;
    QTest::newRow("40") << 40 << 38.0;
    QTest::newRow("41") << 41 << 39.0;
    QTest::newRow("100") << 100 << 95.0;
}

void TestStatistics::takesP95ByNearestRank()
{
    QFETCH(const int, count);
    QFETCH(const double, wanted);
    QCOMPARE(statisticsOf(countUpTo(count))->p95, wanted);
}

void TestStatistics::namesOutliers_data()
{
    QTest::addColumn<Values>("values");
    QTest::addColumn<std::vector<std::size_t>>("wanted");
    using Indices = std::vector<std::size_t>;
    const auto row = [](const char* name, Values values, Indices wanted) {
        QTest::newRow(name) << std::move(values) << std::move(wanted);
    };
    row("one bad run", {1.02, 0.98, 1.0, 1.01, 0.99, 1.6}, {5});
    row("two", {0.871, 0.884, 0.862, 0.99, 0.901, 0.877, 0.869, 0.893, 0.858, 1.412, 0.88, 0.875}, {3, 9});
    row("a fast one", {1.0, 0.2, 1.01, 0.99, 1.02}, {1});
    row("none", {1, 2, 3, 4, 5}, {});
    row("just within: 3.5", {-2, -1, 0, 1, 3.5 / 0.6745}, {});
    row("just beyond", {-2, -1, 0, 1, 3.5 / 0.6745 + 0.001}, {4});
    row("four say nothing", {1, 1.001, 0.999, 50}, {});
    row("more than half are equal", {1, 1, 1, 1, 1, 1, 100}, {6});
    row("more than half are equal, none far away", {1, 1, 1, 1.1, 0.9}, {});
    // With the distances 1 and d of seven: beyond 3.5 × 1.253314 × (1 + d) ÷ 7 where d is below 0.5957.
    row("more than half are equal, just within", {1, 1, 1, 1, 1, 1.6, 2}, {});
    row("more than half are equal, just beyond", {1, 1, 1, 1, 1, 1.59, 2}, {6});
    row("all are equal", {2, 2, 2, 2, 2, 2}, {});
}

void TestStatistics::namesOutliers()
{
    QFETCH(const Values, values);
    QFETCH(const std::vector<std::size_t>, wanted);
    QVERIFY(statisticsOf(values)->outliers == wanted);
}

void TestStatistics::boundsTheMedian_data()
{
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("rank"); // of the lower end, from 1; the upper one lies as far from the other side
    QTest::addColumn<double>("level");
    QTest::newRow("five cannot") << 5 << 0 << 0.0;
    QTest::newRow("6") << 6 << 1 << 0.96875;
    QTest::newRow("8") << 8 << 1 << 0.9921875;
    QTest::newRow("9") << 9 << 2 << 0.9609375;
    QTest::newRow("12") << 12 << 3 << 0.96142578125;
    QTest::newRow("17") << 17 << 5 << 0.950958251953125;
    QTest::newRow("25") << 25 << 8 << 0.9567147493362427;
    QTest::newRow("40") << 40 << 14 << 0.9615226917157997;
}

void TestStatistics::boundsTheMedian()
{
    QFETCH(const int, count);
    QFETCH(const int, rank);
    QFETCH(const double, level);
    const auto interval = statisticsOf(countUpTo(count))->medianInterval;
    QCOMPARE(interval.has_value(), rank > 0);
    if (rank == 0)
        return;
    QCOMPARE(interval->low, static_cast<double>(rank));
    QCOMPARE(interval->high, static_cast<double>(count + 1 - rank));
    QVERIFY(isNear(interval->level, level));
}

/// 2^-2000 is no number of this type any more.
void TestStatistics::boundsTheMedianOfVeryMany()
{
    const auto interval = statisticsOf(countUpTo(2000))->medianInterval;
    QVERIFY(interval);
    QCOMPARE(interval->low, 956.0);
    QCOMPARE(interval->high, 1045.0);
    QVERIFY(std::abs(interval->level - 0.9534471795082164) < 1e-9);
}

void TestStatistics::leavesRelativeDeviationFromZeroOut()
{
    QVERIFY(!statisticsOf(Values{0, 0, 1})->relativeDeviation);
    QVERIFY(!toJson(*statisticsOf(Values{0, 0, 1})).contains("relative_deviation"));
}

void TestStatistics::writesWhatItKnows()
{
    const std::string few = R"({"count":2,"minimum":1.0,"median":2.5,"mean":2.5,"p95":4.0,"maximum":4.0,)"
                            R"("deviation":1.5,"relative_deviation":0.6,"outliers":[]})";
    QCOMPARE(writeJson(toJson(*statisticsOf(Values{1, 4}))), few);
    const Json six = toJson(*statisticsOf(Values{1, 1, 1, 1, 1, 9}));
    QCOMPARE(writeJson(six.at("outliers")), std::string{"[5]"});
    QCOMPARE(writeJson(six.at("median_interval")), std::string{R"({"low":1.0,"high":9.0,"level":0.96875})"});
}

QTEST_APPLESS_MAIN(TestStatistics)
#include "test_statistics.moc"
