// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/history_ring.h"

#include <QTest>

using namespace weightroom::ui;

class TestHistoryRing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fillsAndThenForgetsTheOldest();
};

void TestHistoryRing::fillsAndThenForgetsTheOldest()
{
    HistoryRing ring(3);
    QVERIFY(ring.points().isEmpty());
    ring.append(1);
    QCOMPARE(ring.points(), (QList<QPointF>{{0, 1}}));
    ring.append(2);
    ring.append(3);
    QCOMPARE(ring.points(), (QList<QPointF>{{-2, 1}, {-1, 2}, {0, 3}}));
    for (double value = 4; value <= 11; ++value)
        ring.append(value);
    QCOMPARE(ring.points(), (QList<QPointF>{{-2, 9}, {-1, 10}, {0, 11}}));
    QCOMPARE(ring.size(), 3);
}

QTEST_GUILESS_MAIN(TestHistoryRing)
#include "test_history_ring.moc"
