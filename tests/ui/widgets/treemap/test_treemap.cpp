// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/widgets/treemap/treemap_fixture.h"
#include "ui/style/theme.h"
#include "ui/widgets/breadcrumb.h"

#include <QLocale>
#include <QSet>
#include <QSignalSpy>
#include <QTest>

#include <random>

using namespace weightroom::ui;
using namespace weightroom::test;

namespace {

/// All tiles that one gets to from a tile with the arrow keys.
QSet<qsizetype> reachedFrom(const QList<TreemapTile>& tiles, qsizetype place)
{
    QSet<qsizetype> reached{place};
    QList<qsizetype> open{place};
    while (!open.isEmpty()) {
        const qsizetype from = open.takeLast();
        for (const Qt::Edge side : {Qt::LeftEdge, Qt::RightEdge, Qt::TopEdge, Qt::BottomEdge}) {
            const qsizetype next = neighbourOf(tiles, from, side);
            if (next == kNoTile || reached.contains(next))
                continue;
            reached.insert(next);
            open.append(next);
        }
    }
    return reached;
}

} // namespace

class TestTreemap : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void init() { applyTheme(*qApp, ThemeChoice::Light); }
    void showsTheLargestFirst();
    void clickGoesIn();
    void clickOnLeafStays();
    void releaseElsewhereDoesNothing();
    void updateBetweenPressAndRelease();
    void keysGoInAndOut();
    void keysAtTheRootArePassedOn();
    void arrowsGoToNeighbours();
    void arrowsReachEachTile();
    void breadcrumbFollowsAndLeads();
    void tipsSayWhatAndHowMuch();
    void emptyStates();
    void screenReadersHearWhereOneIs();
    void focusAndHoverAreSeen();
};

void TestTreemap::showsTheLargestFirst()
{
    Shown shown;
    QCOMPARE(idsOf(shown.map), (QStringList{kSdxl, QStringLiteral("flux"), QStringLiteral("free")}));
    double area = 0;
    for (const TreemapTile& one : shown.map.tiles())
        area += one.cell.width() * one.cell.height();
    const QRectF cell = tile(shown.map, kSdxl).cell;
    QVERIFY(std::abs(cell.width() * cell.height() / area - 0.6) < 1e-6);
    QVERIFY(QRectF(shown.map.rect()).contains(tile(shown.map, QStringLiteral("free")).rect));
    QCOMPARE(shown.map.currentTile()->id, kSdxl);
}

void TestTreemap::clickGoesIn()
{
    Shown shown;
    QSignalSpy paths(&shown.map, &Treemap::pathChanged);
    QTest::mouseClick(&shown.map, Qt::LeftButton, {}, headOf(tile(shown.map, kSdxl)));
    QCOMPARE(shown.map.path(), QStringList{kSdxl});
    QCOMPARE(paths.count(), 1);
    QCOMPARE(paths.first().first().toStringList(), QStringList{kSdxl});
    QCOMPARE(idsOf(shown.map), (QStringList{kUnet, QStringLiteral("vae")}));
    QTest::mouseClick(&shown.map, Qt::BackButton, {}, QPoint(5, 5));
    QVERIFY(shown.map.path().isEmpty());
    // A click on a component goes into the model and stands on the component.
    QTest::mouseClick(&shown.map, Qt::LeftButton, {}, middleOf(tile(shown.map, kSdxl).inner.last()));
    QCOMPARE(shown.map.path(), QStringList{kSdxl});
    QCOMPARE(shown.map.currentTile()->id, QStringLiteral("vae"));
}

void TestTreemap::clickOnLeafStays()
{
    Shown shown;
    QTest::mouseClick(&shown.map, Qt::LeftButton, {}, middleOf(tile(shown.map, QStringLiteral("free"))));
    QVERIFY(shown.map.path().isEmpty());
    QCOMPARE(shown.map.currentTile()->id, QStringLiteral("free"));
    QTest::mouseClick(&shown.map, Qt::RightButton, {}, headOf(tile(shown.map, kSdxl)));
    QVERIFY(shown.map.path().isEmpty());
}

void TestTreemap::releaseElsewhereDoesNothing()
{
    Shown shown;
    QTest::mousePress(&shown.map, Qt::LeftButton, {}, headOf(tile(shown.map, kSdxl)));
    QTest::mouseRelease(&shown.map, Qt::LeftButton, {}, headOf(tile(shown.map, QStringLiteral("flux"))));
    QVERIFY(shown.map.path().isEmpty());
}

void TestTreemap::updateBetweenPressAndRelease()
{
    Shown shown;
    const QPoint head = headOf(tile(shown.map, kSdxl));
    QTest::mousePress(&shown.map, Qt::LeftButton, {}, head);
    shown.map.setRoot(device(45 * kMiB));
    QTest::mouseRelease(&shown.map, Qt::LeftButton, {}, head);
    QCOMPARE(shown.map.path(), QStringList{kSdxl});
}

void TestTreemap::keysGoInAndOut()
{
    Shown shown;
    QTest::keyClick(&shown.map, Qt::Key_Return);
    QCOMPARE(shown.map.path(), QStringList{kSdxl});
    QTest::keyClick(&shown.map, Qt::Key_Enter, Qt::KeypadModifier);
    QCOMPARE(shown.map.path(), (QStringList{kSdxl, kUnet}));
    QTest::keyClick(&shown.map, Qt::Key_Backspace);
    QCOMPARE(shown.map.path(), QStringList{kSdxl});
    QCOMPARE(shown.map.currentTile()->id, kUnet);
    QTest::keyClick(&shown.map, Qt::Key_Escape);
    QVERIFY(shown.map.path().isEmpty());
    QCOMPARE(shown.map.currentTile()->id, kSdxl);
    shown.map.setPath({kSdxl, kUnet});
    QTest::keyClick(&shown.map, Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(shown.map.path(), QStringList{kSdxl});
}

void TestTreemap::keysAtTheRootArePassedOn()
{
    struct Listener : QWidget {
        QList<int> keys;
        void keyPressEvent(QKeyEvent* event) override
        {
            if (event->key() != Qt::Key_Control)
                keys.append(event->key());
        }
    } listener;
    auto* map = new Treemap(&listener);
    map->setRoot(device());
    QTest::keyClick(map, Qt::Key_Escape);
    QTest::keyClick(map, Qt::Key_F2);
    QTest::keyClick(map, Qt::Key_Return, Qt::ControlModifier);
    QCOMPARE(listener.keys, (QList<int>{Qt::Key_Escape, Qt::Key_F2, Qt::Key_Return}));
    QTest::keyClick(map, Qt::Key_Return);
    QTest::keyClick(map, Qt::Key_Escape);
    QCOMPARE(listener.keys.size(), 3);
}

void TestTreemap::arrowsGoToNeighbours()
{
    // Four equal squares: 0 1 above, or beside, 2 3.
    Shown shown(nodeOf(QStringLiteral("GPU_0"), tensors(4, kMiB)), {400, 400});
    const auto press = [&shown](Qt::Key key) {
        QTest::keyClick(&shown.map, key);
        return shown.map.currentTile()->rect.center();
    };
    const QPointF begin = shown.map.currentTile()->rect.center();
    const QPointF right = press(Qt::Key_Right);
    QCOMPARE(right.y(), begin.y());
    QVERIFY(right.x() > begin.x());
    QCOMPARE(press(Qt::Key_Right), right); // there is no further one
    const QPointF below = press(Qt::Key_Down);
    QCOMPARE(below.x(), right.x());
    QVERIFY(below.y() > right.y());
    QCOMPARE(press(Qt::Key_Left), QPointF(begin.x(), below.y()));
    QCOMPARE(press(Qt::Key_Up), begin);
}

void TestTreemap::arrowsReachEachTile()
{
    Shown shown(nodeOf(QStringLiteral("GPU_0"), {}));
    for (unsigned seed = 0; seed < 30; ++seed) {
        std::mt19937 random(seed);
        std::lognormal_distribution<double> size(10, 1.5);
        QList<TreemapNode> children;
        for (int number = 0; number < 50; ++number)
            children.append(node(QString::number(number), size(random)));
        shown.map.setRoot(nodeOf(QStringLiteral("GPU_0"), children));
        QCOMPARE(reachedFrom(shown.map.tiles(), 0).size(), shown.map.tiles().size());
    }
}

void TestTreemap::breadcrumbFollowsAndLeads()
{
    Treemap map;
    Breadcrumb breadcrumb;
    connect(&map, &Treemap::stepsChanged, &breadcrumb, &Breadcrumb::setSteps);
    connect(&breadcrumb, &Breadcrumb::stepChosen, &map, &Treemap::goUpTo);
    map.setRoot(device());
    map.setPath({kSdxl, kUnet});
    QCOMPARE(breadcrumb.steps(),
        (QStringList{QStringLiteral("GPU_0 label"), QStringLiteral("sdxl label"), QStringLiteral("unet label")}));
    Q_EMIT breadcrumb.stepChosen(2); // where one is
    QCOMPARE(map.path().size(), 2);
    Q_EMIT breadcrumb.stepChosen(0);
    QVERIFY(map.path().isEmpty());
    QCOMPARE(breadcrumb.steps(), QStringList{QStringLiteral("GPU_0 label")});
    map.resize(400, 300);
    QCOMPARE(map.currentTile()->id, kSdxl);
    TreemapNode renamed = device();
    renamed.label = QStringLiteral("another name");
    map.setRoot(renamed);
    QCOMPARE(breadcrumb.steps(), QStringList{QStringLiteral("another name")});
}

void TestTreemap::tipsSayWhatAndHowMuch()
{
    TreemapNode root = device();
    root.children.last().label = QStringLiteral("<b>model</b>");
    Shown shown(root);
    const QString tip = tipAt(shown.map, headOf(tile(shown.map, kSdxl)));
    for (const auto* part : {"&lt;b&gt;model&lt;/b&gt;", "sdxl detail", "60.0 % of GPU_0 label"})
        QVERIFY2(tip.contains(QLatin1String(part)), qPrintable(tip));
    const QString inner = tipAt(shown.map, middleOf(tile(shown.map, kSdxl).inner.first()));
    QVERIFY2(inner.contains(QStringLiteral("50.0 % of GPU_0 label")), qPrintable(inner));
    shown.map.setPath({kSdxl}); // still of the whole
    QVERIFY(tipAt(shown.map, middleOf(tile(shown.map, kUnet))).contains(QStringLiteral("50.0 %")));
    shown.map.setPath({kSdxl, kUnet});
    shown.map.setChildren({kSdxl, kUnet}, tensors(1, 1));
    const QString small = tipAt(shown.map, middleOf(shown.map.tiles().first()));
    QVERIFY2(small.contains(QStringLiteral("less than 0.1 %")), qPrintable(small));
}

void TestTreemap::emptyStates()
{
    Shown shown(node(QStringLiteral("GPU_0"), 100));
    QVERIFY(shown.map.tiles().isEmpty());
    QCOMPARE(shown.map.currentTile(), nullptr);
    QCOMPARE(shown.map.sentence(), QStringLiteral("Nothing here."));
    QCOMPARE(shown.map.accessibleDescription(), QStringLiteral("Nothing here."));
    const QImage empty = pictureOf(shown.map);
    for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Right, Qt::Key_Backspace})
        QTest::keyClick(&shown.map, key);
    QTest::mouseClick(&shown.map, Qt::LeftButton, {}, {10, 10});
    QVERIFY(tipAt(shown.map, {10, 10}).isEmpty());
    TreemapNode sizeless = device();
    sizeless.size = 0;
    shown.map.setRoot(sizeless);
    QVERIFY(shown.map.tiles().isEmpty());
    QCOMPARE(pictureOf(shown.map), empty);
    shown.map.setEmptyText(QStringLiteral("Something else."));
    QVERIFY(pictureOf(shown.map) != empty);
}

void TestTreemap::screenReadersHearWhereOneIs()
{
    Shown shown;
    QCOMPARE(shown.map.accessibleName(), QStringLiteral("What is in GPU_0 label"));
    QVERIFY2(shown.map.accessibleDescription().startsWith(QStringLiteral("3 parts. ")),
        qPrintable(shown.map.accessibleDescription()));
    shown.map.setPath({kSdxl});
    QCOMPARE(shown.map.accessibleName(), QStringLiteral("What is in sdxl label"));
    QVERIFY(shown.map.accessibleDescription().startsWith(QStringLiteral("2 parts. ")));
    QCOMPARE(shown.map.focusPolicy(), Qt::StrongFocus);
}

void TestTreemap::focusAndHoverAreSeen()
{
    Shown shown;
    QVERIFY(QTest::qWaitForWindowActive(&shown.map));
    const QImage focused = pictureOf(shown.map);
    QTest::keyClick(&shown.map, Qt::Key_Right);
    QVERIFY(pictureOf(shown.map) != focused);
    shown.map.clearFocus();
    const QImage plain = pictureOf(shown.map);
    QVERIFY(plain != focused);
    QTest::mouseMove(&shown.map, middleOf(tile(shown.map, QStringLiteral("free"))));
    QTRY_VERIFY(pictureOf(shown.map) != plain);
    QCOMPARE(shown.map.cursor().shape(), Qt::ArrowCursor);
    QTest::mouseMove(&shown.map, headOf(tile(shown.map, kSdxl)));
    QTRY_COMPARE(shown.map.cursor().shape(), Qt::PointingHandCursor);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(&shown.map, &leave);
    QCOMPARE(pictureOf(shown.map), plain);
    // Where there are no tiles the widget itself has a frame.
    shown.map.setRoot({});
    const QImage empty = pictureOf(shown.map);
    shown.map.setFocus();
    QVERIFY(pictureOf(shown.map) != empty);
}

QTEST_MAIN(TestTreemap)
#include "test_treemap.moc"
