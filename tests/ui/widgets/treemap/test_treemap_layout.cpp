// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_layout.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace weightroom::ui;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
/// Of a length: what sums of doubles may lose on areas of a thousand pixels.
constexpr double kRounding = 1e-9;

double areaOf(const QRectF& rect) { return rect.width() * rect.height(); }

double ratioOf(const QRectF& rect)
{
    return std::max(rect.width(), rect.height()) / std::min(rect.width(), rect.height());
}

/// Sizes as those of tensors: a few large ones, many small ones, some none.
QList<double> randomSizes(std::mt19937& random)
{
    QList<double> sizes(1 + static_cast<qsizetype>(random() % 300));
    std::lognormal_distribution<double> size(10, 3);
    for (double& one : sizes)
        one = random() % 10 == 0 ? 0 : size(random);
    sizes.append(1); // so that there is an area to fill
    return sizes;
}

QRectF randomArea(std::mt19937& random)
{
    std::uniform_real_distribution<double> place(-500, 500);
    std::uniform_real_distribution<double> side(1, 2000);
    return {place(random), place(random), side(random), side(random)};
}

/// What is wrong with a layout; empty: nothing.
QString faultOf(const QList<QRectF>& rects, const QList<double>& sizes, const QRectF& area)
{
    const double sum = std::accumulate(sizes.begin(), sizes.end(), 0.0);
    const QRectF bounds = area.adjusted(-kRounding, -kRounding, kRounding, kRounding);
    for (qsizetype place = 0; place < rects.size(); ++place) {
        const double wanted = sizes[place] / sum * areaOf(area);
        if (std::abs(areaOf(rects[place]) - wanted) > 1e-6 * wanted)
            return QStringLiteral("area of %1").arg(place);
        if (!bounds.contains(rects[place]) && !rects[place].isEmpty())
            return QStringLiteral("%1 lies outside").arg(place);
        for (qsizetype other = 0; other < place; ++other) {
            const QRectF both = rects[place].intersected(rects[other]);
            if (both.width() > kRounding && both.height() > kRounding)
                return QStringLiteral("%1 and %2 overlap").arg(place).arg(other);
        }
    }
    return {};
}

/// The simplest treemap: one row.
double meanRatioOfSlices(const QList<double>& sizes, const QRectF& area)
{
    const double sum = std::accumulate(sizes.begin(), sizes.end(), 0.0);
    double ratios = 0;
    for (const double size : sizes)
        ratios += ratioOf(QRectF(0, 0, area.width() * size / sum, area.height()));
    return ratios / static_cast<double>(sizes.size());
}

double meanRatio(const QList<QRectF>& rects)
{
    double ratios = 0;
    for (const QRectF& rect : rects)
        ratios += ratioOf(rect);
    return ratios / static_cast<double>(rects.size());
}

} // namespace

class TestTreemapLayout : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fillsTheArea_data();
    void fillsTheArea();
    void isTheExampleOfThePaper();
    void isNearerToSquaresThanSlices();
    void putsTheLargestFirst();
    void tinySizesKeepTheirShare();
    void refusesHostileSizes();
    void refusesHostileAreas_data();
    void refusesHostileAreas();
};

void TestTreemapLayout::fillsTheArea_data()
{
    QTest::addColumn<unsigned>("seed");
    for (unsigned seed = 0; seed < 100; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

void TestTreemapLayout::fillsTheArea()
{
    QFETCH(const unsigned, seed);
    std::mt19937 random(seed);
    const QList<double> sizes = randomSizes(random);
    const QRectF area = randomArea(random);
    const QList<QRectF> rects = squarify(sizes, area);
    QCOMPARE(rects.size(), sizes.size());
    QCOMPARE(faultOf(rects, sizes, area), QString());
}

void TestTreemapLayout::isTheExampleOfThePaper()
{
    const QList<QRectF> rects = squarify({6, 6, 4, 3, 2, 2, 1}, QRectF(0, 0, 6, 4));
    QCOMPARE(rects[0], QRectF(0, 0, 3, 2));
    QCOMPARE(rects[1], QRectF(0, 2, 3, 2));
    QCOMPARE(rects[2], QRectF(3, 0, 12 / 7.0, 7 / 3.0));
    QCOMPARE(rects[3], QRectF(3 + 12 / 7.0, 0, 9 / 7.0, 7 / 3.0));
    QCOMPARE(rects[4].width(), 1.2);
}

void TestTreemapLayout::isNearerToSquaresThanSlices()
{
    for (unsigned seed = 0; seed < 50; ++seed) {
        std::mt19937 random(seed);
        std::lognormal_distribution<double> size(10, 1);
        QList<double> sizes(100);
        for (double& one : sizes)
            one = size(random);
        const QRectF area(0, 0, 900, 420);
        const double mean = meanRatio(squarify(sizes, area));
        QVERIFY2(mean < 2, qPrintable(QString::number(mean)));
        QVERIFY(mean < meanRatioOfSlices(sizes, area));
    }
}

void TestTreemapLayout::putsTheLargestFirst()
{
    const QList<QRectF> rects = squarify({1, 8, 3}, QRectF(10, 20, 300, 200));
    QCOMPARE(rects[1].topLeft(), QPointF(10, 20));
    QVERIFY(areaOf(rects[1]) > areaOf(rects[2]) && areaOf(rects[2]) > areaOf(rects[0]));
}

void TestTreemapLayout::tinySizesKeepTheirShare()
{
    const QRectF area(0, 0, 900, 420);
    const QList<QRectF> rects = squarify({1e15, 1, 1, 2}, area);
    QVERIFY(std::abs(areaOf(rects[3]) / areaOf(rects[1]) - 2) < 1e-6);
    QVERIFY(std::abs(areaOf(rects[1]) / areaOf(area) * 1e15 - 1) < 1e-6);
    for (const QRectF& rect : rects)
        QVERIFY(area.contains(rect));
}

void TestTreemapLayout::refusesHostileSizes()
{
    const QRectF area(0, 0, 100, 100);
    const QList<double> sizes{kNotANumber, -5, 2, kInfinity, 0, -kInfinity, 2, 1e-320};
    const QList<QRectF> rects = squarify(sizes, area);
    QCOMPARE(rects.size(), sizes.size());
    for (qsizetype place = 0; place < sizes.size(); ++place) {
        const double wanted = sizes[place] == 2 ? 5000 : 0;
        QCOMPARE(areaOf(rects[place]) + 1, wanted + 1);
        QVERIFY(area.contains(rects[place]) || rects[place] == QRectF(0, 0, 0, 0));
    }
    QVERIFY(squarify({}, area).isEmpty());
    QCOMPARE(squarify({kNotANumber}, area), QList<QRectF>{QRectF(0, 0, 0, 0)});
    const double most = std::numeric_limits<double>::max(); // their sum is not finite
    QCOMPARE(areaOf(squarify({most, most}, area)[1]), 5000.0);
    QCOMPARE(areaOf(squarify({5e-324, 5e-324}, area)[1]), 5000.0);
}

void TestTreemapLayout::refusesHostileAreas_data()
{
    QTest::addColumn<QRectF>("area");
    QTest::newRow("null") << QRectF();
    QTest::newRow("flat") << QRectF(0, 0, 100, 0);
    QTest::newRow("turned") << QRectF(0, 0, -100, 50);
    QTest::newRow("not a number") << QRectF(0, 0, kNotANumber, 50);
    QTest::newRow("endless") << QRectF(0, 0, 50, kInfinity);
    QTest::newRow("nowhere") << QRectF(kInfinity, 0, 50, 50);
    QTest::newRow("too large to multiply") << QRectF(0, 0, 1e200, 1e200);
    QTest::newRow("too small to multiply") << QRectF(0, 0, 1e-200, 1e-200);
}

void TestTreemapLayout::refusesHostileAreas()
{
    QFETCH(const QRectF, area);
    const QList<QRectF> rects = squarify({1, 2, 3}, area);
    QCOMPARE(rects.size(), 3);
    for (const QRectF& rect : rects)
        QCOMPARE(rect.size(), QSizeF(0, 0));
}

QTEST_APPLESS_MAIN(TestTreemapLayout)
#include "test_treemap_layout.moc"
