// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/memory_allowance.h"

#include <QTest>

using namespace weightroom::engine;

class TestMemoryAllowance : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void followsTheSystem_data();
    void followsTheSystem();
    void neverExceedsWhatItIsGiven();
    void leavesATenthByDefault();
};

void TestMemoryAllowance::followsTheSystem_data()
{
    QTest::addColumn<Bytes>("available");
    QTest::addColumn<Bytes>("held");
    QTest::addColumn<double>("stalled");
    QTest::addColumn<Bytes>("capacity");
    QTest::addColumn<Bytes>("toGiveBack");
    const auto row = [](const char* name, Bytes available, Bytes held, double stalled, Bytes capacity,
                         Bytes toGiveBack) {
        QTest::newRow(name) << available << held << stalled << capacity << toGiveBack;
    };
    // Of 32 GiB the cache may have 16, and 4 are to stay free.
    row("plenty", kGiB * 30, Bytes{}, 0.0, kGiB * 16, Bytes{});
    row("full cache, plenty", kGiB * 12, kGiB * 16, 0.0, kGiB * 16, Bytes{});
    row("room for a part of the budget", kGiB * 10, kGiB * 2, 0.0, kGiB * 8, Bytes{});
    row("exactly the reserve", kGiB * 4, kGiB * 8, 0.0, kGiB * 8, Bytes{});
    row("a little short", kGiB * 3, kGiB * 8, 0.0, kGiB * 6, kGiB * 2); // 1 GiB, and a quarter of the reserve
    row("very short", Bytes{}, kGiB * 8, 0.0, kGiB * 3, kGiB * 5);
    row("more missing than there is", Bytes{}, kGiB * 2, 0.0, Bytes{}, kGiB * 2);
    row("nothing to give", Bytes{}, Bytes{}, 0.0, Bytes{}, Bytes{});
    row("threads wait", kGiB * 8, kGiB * 8, 0.3, kGiB * 7, kGiB);
    row("threads wait, little held", kGiB * 8, kGiB, 0.3, kMiB * 768, kMiB * 256);
    row("threads wait now and then", kGiB * 8, kGiB * 8, 0.05, kGiB * 12, Bytes{});
    row("threads wait for another reason", kGiB * 20, kGiB * 8, 0.9, kGiB * 16, Bytes{});
}

void TestMemoryAllowance::followsTheSystem()
{
    QFETCH(const Bytes, available);
    QFETCH(const Bytes, held);
    QFETCH(const double, stalled);
    QFETCH(const Bytes, capacity);
    QFETCH(const Bytes, toGiveBack);
    const Allowance allowance = allowanceFor({.memory = {.total = kGiB * 32, .available = available, .stalled = {}},
        .held = held,
        .budget = kGiB * 16,
        .reserve = kGiB * 4,
        .stalled = stalled});
    QCOMPARE(allowance.capacity, capacity);
    QCOMPARE(allowance.toGiveBack, toGiveBack);
}

/// What is given back and what may be held then are what was held, however the figures stand.
void TestMemoryAllowance::neverExceedsWhatItIsGiven()
{
    for (const Bytes available : {Bytes{}, kGiB, kGiB * 5, Bytes{~0ULL}}) {
        for (const Bytes held : {Bytes{}, kMiB, kGiB * 8}) {
            for (const double stalled : {0.0, 1.0}) {
                const Allowance allowance =
                    allowanceFor({.memory = {.total = kGiB * 32, .available = available, .stalled = {}},
                        .held = held,
                        .budget = kGiB * 8,
                        .reserve = kGiB * 4,
                        .stalled = stalled});
                QVERIFY(allowance.toGiveBack <= held);
                QVERIFY(allowance.capacity <= kGiB * 8);
                QVERIFY(allowance.toGiveBack == Bytes{} || allowance.capacity + allowance.toGiveBack == held);
            }
        }
    }
}

void TestMemoryAllowance::leavesATenthByDefault()
{
    QCOMPARE(defaultMemoryReserve(kGiB * 40), kGiB * 4);
    QCOMPARE(defaultMemoryReserve(kGiB * 2), kMiB * 512);
    QCOMPARE(defaultMemoryReserve(kGiB * 512), kGiB * 8);
}

QTEST_GUILESS_MAIN(TestMemoryAllowance)
#include "test_memory_allowance.moc"
