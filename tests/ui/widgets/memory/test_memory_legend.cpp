// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory/memory_legend.h"

#include <QImage>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;

namespace {

QList<MemorySegment> owners(int count)
{
    QList<MemorySegment> segments;
    for (int number = 0; number < count; ++number) {
        const QString id = QStringLiteral("model%1").arg(number);
        segments.append(
            {.kind = SegmentKind::Owner, .modelId = id, .label = id, .details = {}, .bytes = quint64(number + 1)});
    }
    segments.append(
        {.kind = SegmentKind::Free, .modelId = {}, .label = QStringLiteral("Free"), .details = {}, .bytes = 100});
    return segments;
}

int lines(const MemoryLegend& legend)
{
    MemoryLegend one;
    one.setSegments(owners(0), {});
    return legend.sizeHint().height() / one.sizeHint().height();
}

} // namespace

class TestMemoryLegend : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void manyOwnersAreSummedUp();
    void theLargestStandsFirst();
    void paints();
};

void TestMemoryLegend::manyOwnersAreSummedUp()
{
    MemoryLegend legend;
    legend.setSegments(owners(3), {});
    QCOMPARE(lines(legend), 4);
    legend.setSegments(owners(100), {});
    QCOMPARE(lines(legend), 8);
}

void TestMemoryLegend::theLargestStandsFirst()
{
    MemoryLegend legend;
    legend.setSegments(owners(9), {});
    legend.resize(legend.sizeHint());
    QSignalSpy clicked(&legend, &MemoryLegend::ownerClicked);
    QTest::mouseClick(&legend, Qt::LeftButton, {}, QPoint(30, 3));
    QCOMPARE(clicked.count(), 1);
    QCOMPARE(clicked.first().first().toString(), QStringLiteral("model8"));
    // The line that sums up is nobody's.
    QTest::mouseClick(&legend, Qt::LeftButton, {}, QPoint(30, legend.height() - legend.height() / 8 - 3));
    QCOMPARE(clicked.count(), 1);
}

void TestMemoryLegend::paints()
{
    MemoryLegend legend;
    legend.setSegments(owners(4), {});
    legend.setHighlighted(QStringLiteral("model1"));
    legend.resize(40, legend.sizeHint().height());
    QImage image(legend.size(), QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::white);
    const QImage before = image;
    legend.render(&image);
    QVERIFY(image != before);
}

QTEST_MAIN(TestMemoryLegend)
#include "test_memory_legend.moc"
