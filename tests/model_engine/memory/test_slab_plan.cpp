// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/slab_plan.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <numeric>

using namespace weightroom::engine;

class TestSlabPlan : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cutsSlabs_data();
    void cutsSlabs();
    void takesOnlyTheItemsAskedFor();
    void refusesSumsThatDoNotFit();

private:
    static constexpr SlabSizes kSizes{Bytes{64}, Bytes{256}};
};

void TestSlabPlan::cutsSlabs_data()
{
    QTest::addColumn<QList<quint64>>("sizes");
    QTest::addColumn<QList<quint64>>("slabs");
    QTest::addColumn<QList<int>>("itemsPerSlab");
    QTest::newRow("nothing") << QList<quint64>{} << QList<quint64>{} << QList<int>{};
    QTest::newRow("one byte") << QList<quint64>{1} << QList<quint64>{64} << QList<int>{1};
    QTest::newRow("small ones share") << QList<quint64>{64, 64, 100} << QList<quint64>{256} << QList<int>{3};
    QTest::newRow("a full slab") << QList<quint64>{128, 128, 64} << QList<quint64>{256, 64} << QList<int>{2, 1};
    QTest::newRow("exactly the largest") << QList<quint64>{256} << QList<quint64>{256} << QList<int>{1};
    QTest::newRow("above the largest") << QList<quint64>{257} << QList<quint64>{320} << QList<int>{1};
    QTest::newRow("a large one between") << QList<quint64>{64, 1000, 64} << QList<quint64>{1024, 128}
                                         << QList<int>{1, 2};
}

void TestSlabPlan::cutsSlabs()
{
    QFETCH(const QList<quint64>, sizes);
    QFETCH(const QList<quint64>, slabs);
    QFETCH(const QList<int>, itemsPerSlab);
    std::vector<Bytes> input;
    for (const quint64 size : sizes)
        input.push_back({size});
    std::vector<std::size_t> items(input.size());
    std::iota(items.begin(), items.end(), 0);

    const auto plan = planSlabs(input, items, kSizes);
    QVERIFY(plan);
    QCOMPARE(plan->slabs.size(), static_cast<std::size_t>(slabs.size()));
    Bytes total;
    for (std::size_t i = 0; i < plan->slabs.size(); ++i) {
        const auto row = static_cast<qsizetype>(i);
        QCOMPARE(plan->slabs[i].size, Bytes{slabs[row]});
        QCOMPARE(plan->slabs[i].items.size(), static_cast<std::size_t>(itemsPerSlab[row]));
        QCOMPARE(plan->slabs[i].sizes.size(), plan->slabs[i].items.size());
        total += plan->slabs[i].size;
    }
    QCOMPARE(plan->total, total);
}

void TestSlabPlan::takesOnlyTheItemsAskedFor()
{
    const std::vector<Bytes> sizes{{10}, {1000}, {20}};
    const std::vector<std::size_t> items{2, 0};
    const auto plan = planSlabs(sizes, items, kSizes);
    QVERIFY(plan);
    QCOMPARE(plan->slabs.size(), 1U);
    QCOMPARE(plan->slabs[0].items, items);
    QCOMPARE(plan->slabs[0].sizes, (std::vector<Bytes>{{20}, {10}}));
}

void TestSlabPlan::refusesSumsThatDoNotFit()
{
    const std::vector<std::size_t> both{0, 1};
    const std::vector<std::size_t> first{0};
    QVERIFY(!planSlabs(std::vector<Bytes>{{~0ULL}}, first, kSizes));
    QVERIFY(!planSlabs(std::vector<Bytes>{{1ULL << 63}, {1ULL << 63}}, both, kSizes));
    QVERIFY(planSlabs(std::vector<Bytes>{{1ULL << 63}, {1ULL << 62}}, both, kSizes));
}

QTEST_APPLESS_MAIN(TestSlabPlan)
#include "test_slab_plan.moc"
