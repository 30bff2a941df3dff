// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/random_bits.h"

#include <QTest>

using weightroom::engine::randomBits;

class TestRandomBits : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void givesTheWordsOfSplitMix64_data();
    void givesTheWordsOfSplitMix64();
};

/// As the reference implementation gives them.
void TestRandomBits::givesTheWordsOfSplitMix64_data()
{
    QTest::addColumn<quint64>("seed");
    QTest::addColumn<quint64>("number");
    QTest::addColumn<quint64>("expected");
    QTest::newRow("no seed") << quint64{0} << quint64{0} << quint64{0xe220a8397b1dcdaf};
    QTest::newRow("no seed, second") << quint64{0} << quint64{1} << quint64{0x6e789e6aa1b965f4};
    QTest::newRow("first") << quint64{1'234'567} << quint64{0} << quint64{6'457'827'717'110'365'317};
    QTest::newRow("second") << quint64{1'234'567} << quint64{1} << quint64{3'203'168'211'198'807'973};
    QTest::newRow("third") << quint64{1'234'567} << quint64{2} << quint64{9'817'491'932'198'370'423U};
}

void TestRandomBits::givesTheWordsOfSplitMix64()
{
    QFETCH(const quint64, seed);
    QFETCH(const quint64, number);
    QFETCH(const quint64, expected);
    QCOMPARE(quint64{randomBits(seed, number)}, expected);
}

QTEST_APPLESS_MAIN(TestRandomBits)
#include "test_random_bits.moc"
