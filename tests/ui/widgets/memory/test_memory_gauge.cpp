// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/theme.h"
#include "ui/widgets/memory/memory_gauge.h"

#include <QApplication>
#include <QImage>
#include <QLocale>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;

namespace {

constexpr quint64 kMiB = quint64{1} << 20;

MemoryView memoryWith(const QList<quint64>& owners, quint64 overhead, quint64 capacity)
{
    MemoryView memory;
    memory.id = QStringLiteral("HOST_0");
    memory.title = QStringLiteral("Host memory");
    memory.place = MemoryPlace::HostDevice;
    memory.capacity = capacity;
    memory.overhead = overhead;
    memory.held = overhead;
    for (qsizetype row = 0; row < owners.size(); ++row) {
        const QString id = QStringLiteral("model%1").arg(row);
        memory.owners.append({.modelId = id, .modelName = id, .components = {}, .bytes = owners[row]});
        memory.held += owners[row];
    }
    return memory;
}

OwnerColors colorsOf(const MemoryView& memory)
{
    QStringList ids;
    for (const MemoryOwner& owner : memory.owners)
        ids.append(owner.modelId);
    OwnerColors colors;
    colors.setOwners(ids);
    return colors;
}

QImage picture(QWidget& widget)
{
    QImage image(widget.size(), QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    widget.render(&image);
    return image;
}

quint64 sumOf(const QList<MemorySegment>& segments)
{
    quint64 sum = 0;
    for (const MemorySegment& segment : segments)
        sum += segment.bytes;
    return sum;
}

} // namespace

class TestMemoryGauge : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void partsAddUp_data();
    void partsAddUp();
    void paintsOwnersInTheirColors_data();
    void paintsOwnersInTheirColors();
    void smallPartsAreMet();
    void screenReadersGetAllParts();
    void hoverAndClickNameTheOwner();
};

void TestMemoryGauge::partsAddUp_data()
{
    QTest::addColumn<MemoryView>("memory");
    QTest::addColumn<int>("parts");
    QTest::newRow("empty") << memoryWith({}, 0, 100 * kMiB) << 1;
    QTest::newRow("two owners, overhead, free") << memoryWith({10 * kMiB, 20 * kMiB}, kMiB, 100 * kMiB) << 4;
    QTest::newRow("full") << memoryWith({100 * kMiB}, 0, 100 * kMiB) << 2;
    QTest::newRow("no capacity") << memoryWith({}, 0, 0) << 1;
    MemoryView gpu = memoryWith({10 * kMiB}, 0, 100 * kMiB);
    gpu.usedByOthers = 30 * kMiB;
    QTest::newRow("other programs") << gpu << 3;
    gpu.usedByDriver = 5 * kMiB;
    QTest::newRow("the driver beside them") << gpu << 4;
    gpu.total = 120 * kMiB;
    QTest::newRow("what is left to others") << gpu << 4;
    MemoryView ready = memoryWith({10 * kMiB}, 0, 100 * kMiB);
    ready.ready = 30 * kMiB;
    QTest::newRow("ready for the next load") << ready << 3;
    ready.usedByOthers = 90 * kMiB; // figures of different moments
    QTest::newRow("more than is left") << ready << 3;
    MemoryView sharing = memoryWith({10 * kMiB}, kMiB, 100 * kMiB);
    sharing.shared = 5 * kMiB;
    sharing.held += sharing.shared;
    QTest::newRow("bytes of several") << sharing << 4;
}

void TestMemoryGauge::partsAddUp()
{
    QFETCH(const MemoryView, memory);
    MemoryGauge gauge;
    gauge.resize(300, 16);
    gauge.setMemory(memory, colorsOf(memory));
    QTEST(static_cast<int>(gauge.segments().size()), "parts");
    QCOMPARE(sumOf(gauge.segments()), memory.whole());
    QCOMPARE(gauge.segments().last().kind, SegmentKind::Free);
    const bool isAllOurs = memory.whole() == memory.capacity;
    QCOMPARE(
        segmentText(gauge.segments().last()).contains(QStringLiteral("100.0 MiB of this memory at most")), !isAllOurs);
    QVERIFY(!picture(gauge).isNull());
}

void TestMemoryGauge::paintsOwnersInTheirColors_data()
{
    QTest::addColumn<ThemeChoice>("choice");
    QTest::newRow("light") << ThemeChoice::Light;
    QTest::newRow("dark") << ThemeChoice::Dark;
}

void TestMemoryGauge::paintsOwnersInTheirColors()
{
    QFETCH(const ThemeChoice, choice);
    applyTheme(*qApp, choice);
    const MemoryView memory = memoryWith({50 * kMiB, 25 * kMiB}, 0, 100 * kMiB);
    const OwnerColors colors = colorsOf(memory);
    MemoryGauge gauge;
    gauge.resize(400, 16);
    gauge.setMemory(memory, colors);
    const QImage image = picture(gauge);
    const Theme& theme = themeOf(gauge.palette());
    QCOMPARE(image.pixelColor(100, 8), colors.colorOf(QStringLiteral("model0"), theme));
    QCOMPARE(image.pixelColor(250, 8), colors.colorOf(QStringLiteral("model1"), theme));
    QCOMPARE(image.pixelColor(350, 8), theme.track);
}

void TestMemoryGauge::smallPartsAreMet()
{
    const MemoryView memory = memoryWith({1}, 0, quint64{80} << 30);
    MemoryGauge gauge;
    gauge.resize(300, 16);
    gauge.setMemory(memory, colorsOf(memory));
    const MemorySegment* segment = gauge.segmentAt(QPoint(1, 8));
    QVERIFY(segment != nullptr);
    QCOMPARE(gauge.segmentAt(QPoint(200, 8))->kind, SegmentKind::Free);
    QCOMPARE(gauge.segmentAt(QPoint(500, 8)), nullptr);
}

void TestMemoryGauge::screenReadersGetAllParts()
{
    const MemoryView memory = memoryWith({10 * kMiB}, kMiB, 100 * kMiB);
    MemoryGauge gauge;
    gauge.setMemory(memory, colorsOf(memory));
    QVERIFY(gauge.accessibleName().contains(QStringLiteral("Host memory")));
    const QString text = gauge.accessibleDescription();
    for (const auto* part : {"11.0 MiB of 100.0 MiB", "model0: 10.0 MiB", "Free: 89.0 MiB"})
        QVERIFY2(text.contains(QLatin1String(part)), qPrintable(text));
    QVERIFY(segmentText(gauge.segments().first()).contains(QStringLiteral("10,485,760 bytes")));
}

void TestMemoryGauge::hoverAndClickNameTheOwner()
{
    const MemoryView memory = memoryWith({50 * kMiB}, 0, 100 * kMiB);
    MemoryGauge gauge;
    gauge.resize(300, 16);
    gauge.setMemory(memory, colorsOf(memory));
    gauge.show();
    QSignalSpy hovered(&gauge, &MemoryGauge::ownerHovered);
    QSignalSpy clicked(&gauge, &MemoryGauge::ownerClicked);
    QTest::mouseMove(&gauge, QPoint(20, 8));
    QTRY_COMPARE(hovered.count(), 1);
    QCOMPARE(hovered.takeFirst().first().toString(), QStringLiteral("model0"));
    QTest::mouseClick(&gauge, Qt::LeftButton, {}, QPoint(20, 8));
    QCOMPARE(clicked.count(), 1);
    QTest::mouseClick(&gauge, Qt::LeftButton, {}, QPoint(280, 8));
    QCOMPARE(clicked.count(), 1);
}

QTEST_MAIN(TestMemoryGauge)
#include "test_memory_gauge.moc"
