// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/history_chart.h"

#include <QImage>
#include <QTest>

using namespace weightroom::ui;

class TestHistoryChart : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void drawsWhatIsHeld();
};

void TestHistoryChart::drawsWhatIsHeld()
{
    HistoryChart chart;
    chart.resize(300, 44);
    chart.setCapacity(100);
    chart.show();
    QVERIFY(QTest::qWaitForWindowExposed(&chart));
    const QImage empty = chart.grab().toImage();
    for (int second = 0; second < 2 * HistoryChart::kSamples; ++second)
        chart.append(60);
    const QImage filled = chart.grab().toImage();
    const QPoint low(150, chart.height() - 8);
    const QPoint high(150, 4);
    QVERIFY(empty.pixelColor(low) != filled.pixelColor(low));
    QCOMPARE(empty.pixelColor(high), filled.pixelColor(high));
}

QTEST_MAIN(TestHistoryChart)
#include "test_history_chart.moc"
