// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/widgets/treemap/treemap_fixture.h"
#include "ui/style/contrast.h"
#include "ui/style/theme.h"
#include "ui/widgets/memory/memory_segments.h"
#include "ui/widgets/treemap/treemap_colors.h"

#include <QLocale>
#include <QTest>

#include <limits>

using namespace weightroom::ui;
using namespace weightroom::test;

class TestTreemapTiles : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void init() { applyTheme(*qApp, ThemeChoice::Light); }
    void drawsComponentsInsideOfModels();
    void smallOnesAreTakenTogether();
    void smallModelsHaveTheColourOfTheLargest();
    void smallOnesCanBeHit_data();
    void smallOnesCanBeHit();
    void textNeedsRoom();
    void aPhraseIsNotWrittenWithoutItsBeginning();
    void hostileSizesAreHarmless();
    void textsCanBeRead_data();
    void textsCanBeRead();
    void coloursAreThoseOfTheGauge();
};

void TestTreemapTiles::drawsComponentsInsideOfModels()
{
    Shown shown;
    const TreemapTile& model = tile(shown.map, kSdxl);
    QCOMPARE(model.inner.size(), 2);
    QCOMPARE(model.inner.first().id, kUnet);
    QVERIFY(model.rect.contains(model.inner.first().rect));
    QVERIFY(!model.header.intersects(model.inner.first().rect));
    QCOMPARE(model.inner.first().tint.modelId, kSdxl); // as what it lies in
    QVERIFY(tile(shown.map, QStringLiteral("free")).header.isEmpty());
    shown.map.resize(60, 40); // no room
    QVERIFY(tile(shown.map, kSdxl).inner.isEmpty());
    // What was asked for is shown only inside: the tile does not change by having been visited.
    shown.map.resize(800, 400);
    shown.map.setChildren({kSdxl, kUnet}, tensors(4, kMiB));
    shown.map.setPath({kSdxl});
    QVERIFY(tile(shown.map, kUnet).inner.isEmpty());
}

void TestTreemapTiles::smallOnesAreTakenTogether()
{
    const QList<TreemapNode> large = tensors(10, 100 * kMiB);
    QList<TreemapNode> small;
    for (int number = 0; number < 2000; ++number)
        small.append(node(QStringLiteral("small%1").arg(number), 0.02 * kMiB));
    Shown shown(nodeOf(QStringLiteral("GPU_0"), large + small), {400, 300});
    QCOMPARE(shown.map.tiles().size(), 11);
    const TreemapTile& others = shown.map.tiles().last();
    QCOMPARE(others.label, QStringLiteral("2000 smaller"));
    QVERIFY(std::abs(others.size - 40 * kMiB) < 1);
    QCOMPARE(others.detail, QStringLiteral("40.0 MiB"));
    QVERIFY(others.canBeEntered);
    QCOMPARE(others.tint.modelId, QString());
    // The keyboard begins at the largest, and a click on the others goes to them.
    QCOMPARE(shown.map.currentTile(), &shown.map.tiles().first());
    QTest::mouseClick(&shown.map, Qt::LeftButton, {}, middleOf(others));
    QCOMPARE(shown.map.tiles().size(), 2000);
    shown.map.setPath({});
    // A single one stands for itself.
    shown.map.setRoot(nodeOf(QStringLiteral("GPU_0"), large + small.first(1)));
    QCOMPARE(shown.map.tiles().last().id, QStringLiteral("small0"));
    for (const TreemapTile& one : shown.map.tiles())
        QVERIFY(one.id == QStringLiteral("small0") || std::min(one.rect.width(), one.rect.height()) >= 2);
}

void TestTreemapTiles::smallModelsHaveTheColourOfTheLargest()
{
    QList<TreemapNode> models{node(QStringLiteral("large"), 1000 * kMiB, TreemapTone::Owner)};
    for (int number = 0; number < 9; ++number)
        models.append(node(QStringLiteral("small%1").arg(number), (0.001 - number * 1e-5) * kMiB, TreemapTone::Owner));
    Shown shown(nodeOf(QStringLiteral("GPU_0"), models), {400, 300});
    const TreemapTile& others = shown.map.tiles().last();
    QCOMPARE(others.label, QStringLiteral("9 smaller"));
    QCOMPARE(others.tint.modelId, QStringLiteral("small0"));
}

void TestTreemapTiles::smallOnesCanBeHit_data()
{
    QTest::addColumn<int>("large");
    QTest::addColumn<double>("small"); // bytes
    QTest::addColumn<QSize>("size");
    QTest::newRow("a device of 80 GiB") << 1 << 1000.0 << QSize(800, 400);
    QTest::newRow("beside many") << 50 << 1000.0 << QSize(800, 400);
    QTest::newRow("a wide strip") << 3 << 1000.0 << QSize(1200, 90);
    QTest::newRow("next to nothing") << 4 << 1e-9 << QSize(480, 280);
    QTest::newRow("the smallest widget") << 5 << 1000.0 << QSize(160, 96);
}

void TestTreemapTiles::smallOnesCanBeHit()
{
    QFETCH(const int, large);
    QFETCH(const double, small);
    QFETCH(const QSize, size);
    QList<TreemapNode> nodes = tensors(large, 80 * 1024 * kMiB / large);
    for (int number = 0; number < 7; ++number)
        nodes.append(node(QStringLiteral("small%1").arg(number), small));
    Shown shown(nodeOf(QStringLiteral("GPU_0"), nodes), size);
    QCOMPARE(shown.map.tiles().size(), large + 1);
    const TreemapTile others = shown.map.tiles().last();
    QCOMPARE(others.label, QStringLiteral("7 smaller"));
    QCOMPARE(others.size, 7 * small); // what it says is true all the same
    QVERIFY2(std::min(others.rect.width(), others.rect.height()) >= 11,
        qPrintable(QStringLiteral("%1 x %2").arg(others.rect.width()).arg(others.rect.height()))); // edges lie on
                                                                                                   // device pixels
    double area = 0;
    for (const TreemapTile& one : shown.map.tiles()) {
        area += one.cell.width() * one.cell.height();
        QVERIFY(std::min(one.rect.width(), one.rect.height()) >= 2);
    }
    QVERIFY(others.cell.width() * others.cell.height() <= area / 5);
    QTest::mouseClick(&shown.map, Qt::LeftButton, {}, middleOf(others));
    QCOMPARE(shown.map.tiles().size(), 7);
}

void TestTreemapTiles::textNeedsRoom()
{
    Shown shown(nodeOf(QStringLiteral("GPU_0"), tensors(1, kMiB)), {200, 100});
    const auto textsAt = [&shown](int width, int height) {
        shown.map.resize(width, height);
        return shown.map.tiles().first().texts;
    };
    QCOMPARE(textsAt(200, 100).size(), 2);
    QCOMPARE(textsAt(200, 100).first().text, QStringLiteral("0 label"));
    QCOMPARE(textsAt(200, 24).size(), 1); // one line
    QVERIFY(textsAt(39, 100).isEmpty());
    QVERIFY(textsAt(200, 15).isEmpty());
    TreemapNode named = node(QStringLiteral("0"), kMiB);
    named.label = QStringLiteral("down_blocks.0.attentions.1.transformer_blocks.0.attn1.to_q.weight");
    shown.map.setRoot(nodeOf(QStringLiteral("GPU_0"), {named}));
    const QString cut = textsAt(120, 100).first().text;
    QVERIFY2(cut.startsWith(QStringLiteral("down")) && cut.endsWith(QStringLiteral("weight")), qPrintable(cut));
}

void TestTreemapTiles::aPhraseIsNotWrittenWithoutItsBeginning()
{
    TreemapNode reserved = node(QStringLiteral("reserved"), kMiB);
    reserved.label = QStringLiteral("Reserved by the driver");
    Shown shown(nodeOf(QStringLiteral("GPU_0"), {reserved}), {200, 100});
    const auto textsAt = [&shown](int width) {
        shown.map.resize(width, 100);
        return shown.map.tiles().first().texts;
    };
    int silent = 0;
    for (int width = 40; width < 200; ++width) {
        const auto texts = textsAt(width);
        silent += texts.isEmpty() ? 1 : 0;
        const QString first = texts.isEmpty() ? reserved.label : texts.first().text;
        QVERIFY2(first.startsWith(QStringLiteral("Res")) || first == shown.map.tiles().first().detail,
            qPrintable(QStringLiteral("%1: %2").arg(width).arg(first)));
    }
    QVERIFY(silent > 0); // also where "by" alone would have room
}

void TestTreemapTiles::hostileSizesAreHarmless()
{
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    TreemapNode root = nodeOf(QStringLiteral("GPU_0"),
        {node(QStringLiteral("nan"), std::numeric_limits<double>::quiet_NaN()), node(QStringLiteral("less"), -1),
            node(QStringLiteral("endless"), kInfinity), node(QStringLiteral("one"), 1),
            node(QStringLiteral("none"), 0)});
    root.size = 1;
    Shown shown(root);
    QCOMPARE(idsOf(shown.map), QStringList{QStringLiteral("one")});
    const double most = std::numeric_limits<double>::max();
    shown.map.setRoot(nodeOf(QStringLiteral("GPU_0"), tensors(3000, most))); // their sum is not finite
    QVERIFY(!pictureOf(shown.map).isNull());
    QVERIFY(tipAt(shown.map, {10, 10}).contains(QStringLiteral("label")));
}

void TestTreemapTiles::textsCanBeRead_data()
{
    QTest::addColumn<bool>("isDark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
}

void TestTreemapTiles::textsCanBeRead()
{
    QFETCH(const bool, isDark);
    const Theme& theme = isDark ? Theme::dark() : Theme::light();
    QStringList models;
    for (std::size_t number = 0; number < theme.owners.size(); ++number)
        models.append(QString::number(number));
    OwnerColors owners;
    owners.setOwners(models);
    TreemapColors colors(owners, theme);
    for (int tone = 0; tone <= static_cast<int>(TreemapTone::Free); ++tone) {
        for (const QString& model : models) {
            for (const TileShade shade : {TileShade::Whole, TileShade::Faint}) {
                const TileColors& one = colors.of({.tone = static_cast<TreemapTone>(tone), .modelId = model}, shade);
                const double least = std::min(contrastOf(one.text, one.ground), contrastOf(one.text, one.hatch));
                QVERIFY2(least >= kTextContrast,
                    qPrintable(QStringLiteral("tone %1, model %2: %3").arg(tone).arg(model).arg(least)));
            }
        }
    }
}

void TestTreemapTiles::coloursAreThoseOfTheGauge()
{
    OwnerColors owners;
    owners.setOwners({QStringLiteral("flux"), kSdxl});
    Shown shown;
    shown.map.setColors(owners);
    for (const ThemeChoice choice : {ThemeChoice::Light, ThemeChoice::Dark}) {
        applyTheme(*qApp, choice);
        const Theme& theme = themeOf(shown.map.palette());
        const QImage image = pictureOf(shown.map);
        for (const QString& model : {kSdxl, QStringLiteral("flux")}) {
            const QPoint corner = tile(shown.map, model).header.bottomLeft().toPoint() + QPoint(4, -2);
            QCOMPARE(image.pixelColor(corner), owners.colorOf(model, theme));
        }
        const MemorySegment free{.kind = SegmentKind::Free, .modelId = {}, .label = {}, .details = {}, .bytes = 0};
        const QPoint inFree = tile(shown.map, QStringLiteral("free")).rect.bottomRight().toPoint() - QPoint(6, 6);
        QCOMPARE(image.pixelColor(inFree), segmentColor(free, owners, theme));
    }
}

QTEST_MAIN(TestTreemapTiles)
#include "test_treemap_tiles.moc"
