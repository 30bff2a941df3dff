// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_smaller.h"

#include "tests/ui/widgets/treemap/treemap_fixture.h"
#include "ui/style/theme.h"

#include <QLocale>
#include <QSignalSpy>
#include <QTest>

#include <limits>

using namespace weightroom::ui;
using namespace weightroom::test;

namespace {

const QString kBig = QStringLiteral("big");

/// One that takes nearly all of the room, and so many that nobody can see beside it.
TreemapNode crowd(int count)
{
    TreemapNode big = nodeWithMore(kBig, 1000 * kMiB);
    TreemapNode root = nodeOf(QStringLiteral("GPU_0"), QList<TreemapNode>{big} + tensors(count, 64));
    return root;
}

/// The tile that stands for those that are too small.
const TreemapTile& others(const Treemap& map) { return map.tiles().last(); }

} // namespace

class TestTreemapSmaller : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void init() { applyTheme(*qApp, ThemeChoice::Light); }
    void takesTheSmallestTogether();
    void leadsNowhereWhereThereAreNoMore();
    void isEntered();
    void isLeftWhenItsPartsGo();
    void asksForChildrenOfWhatIsInIt();
    void asksAgainFromWithinIt();
    void hasNoEndlessWayIn();
};

void TestTreemapSmaller::takesTheSmallestTogether()
{
    TreemapNode node = nodeOf(QStringLiteral("x"),
        {weightroom::test::node(QStringLiteral("b"), 2),
            weightroom::test::node(QStringLiteral("a"), 5, TreemapTone::Owner),
            weightroom::test::node(QStringLiteral("none"), 0), weightroom::test::node(QStringLiteral("c"), 3)});
    node.children.append(weightroom::test::node(QStringLiteral("odd"), std::numeric_limits<double>::quiet_NaN()));
    QStringList ids;
    for (const TreemapNode* child : childrenBySize(node))
        ids.append(child->id);
    QCOMPARE(ids, (QStringList{QStringLiteral("a"), QStringLiteral("c"), QStringLiteral("b")}));
    const auto smaller = smallerOf(node, stepToSmaller(1));
    QVERIFY(smaller && isStepToSmaller(smaller->id));
    QCOMPARE(smaller->size, 5.0);
    QCOMPARE(smaller->children.size(), 2);
    QCOMPARE(smaller->label, QStringLiteral("2 smaller"));
    QVERIFY(smaller->tone == TreemapTone::None);
    QVERIFY(togetherAs(QString(), childrenBySize(node)).tone == TreemapTone::Owner);
}

void TestTreemapSmaller::leadsNowhereWhereThereAreNoMore()
{
    const TreemapNode node = nodeOf(QStringLiteral("x"), tensors(3, 1));
    QVERIFY(smallerOf(node, stepToSmaller(2)));
    QVERIFY(!smallerOf(node, stepToSmaller(3)));
    QVERIFY(!smallerOf(node, stepToSmaller(0)));
    for (const char* id : {"", "2", "\x1F", "\x1Fx", "\x1F-1", "unet"})
        QVERIFY(!smallerOf(node, QString::fromUtf8(id)) && !isStepToSmaller(QString::fromUtf8(id)));
}

void TestTreemapSmaller::isEntered()
{
    Shown shown(crowd(40));
    QCOMPARE(shown.map.tiles().size(), 2);
    QVERIFY(others(shown.map).canBeEntered);
    QTest::keyClick(&shown.map, Qt::Key_Right);
    if (shown.map.currentTile()->id == kBig)
        QTest::keyClick(&shown.map, Qt::Key_Down);
    QCOMPARE(shown.map.currentTile()->label, QStringLiteral("40 smaller"));
    QTest::keyClick(&shown.map, Qt::Key_Return);
    QCOMPARE(shown.map.steps(), (QStringList{QStringLiteral("GPU_0 label"), QStringLiteral("40 smaller")}));
    QCOMPARE(shown.map.tiles().size(), 40);
    QVERIFY(!shown.map.tiles().first().canBeEntered);
    shown.map.setRoot(crowd(40)); // an update: one stays
    QCOMPARE(shown.map.tiles().size(), 40);
    QTest::keyClick(&shown.map, Qt::Key_Backspace);
    QVERIFY(shown.map.path().isEmpty());
    QCOMPARE(shown.map.currentTile()->label, QStringLiteral("40 smaller"));
}

void TestTreemapSmaller::isLeftWhenItsPartsGo()
{
    Shown shown(crowd(40));
    shown.map.setPath({others(shown.map).id});
    QCOMPARE(shown.map.path().size(), 1);
    shown.map.setRoot(crowd(0));
    QVERIFY(shown.map.path().isEmpty());
}

void TestTreemapSmaller::asksForChildrenOfWhatIsInIt()
{
    TreemapNode root = crowd(40);
    root.children.last() = nodeWithMore(kUnet, 64);
    Shown shown(root);
    const QString step = others(shown.map).id;
    QSignalSpy wanted(&shown.map, &Treemap::childrenWanted);
    shown.map.setPath({step, kUnet});
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted.first().first().toStringList(), QStringList{kUnet}); // as it is called in the tree
    QVERIFY(shown.map.sentence().startsWith(QStringLiteral("Looking up")));
    shown.map.setChildren({kUnet}, tensors(3, 16));
    QCOMPARE(shown.map.path(), (QStringList{step, kUnet}));
    QCOMPARE(shown.map.tiles().size(), 3);
    shown.map.setRoot(root);
    QCOMPARE(shown.map.tiles().size(), 3);
    QCOMPARE(wanted.count(), 1);
}

void TestTreemapSmaller::asksAgainFromWithinIt()
{
    const auto rootOf = [](double size) { return nodeOf(QStringLiteral("GPU_0"), {nodeWithMore(kUnet, size)}); };
    Shown shown(rootOf(kMiB));
    shown.map.setPath({kUnet});
    const QList<TreemapNode> parts = QList<TreemapNode>{node(kBig, 1000 * kMiB)} + tensors(40, 64);
    shown.map.setChildren({kUnet}, parts);
    shown.map.setPath({kUnet, others(shown.map).id});
    QCOMPARE(shown.map.tiles().size(), 40);
    QSignalSpy wanted(&shown.map, &Treemap::childrenWanted);
    shown.map.setRoot(rootOf(2 * kMiB));
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted.first().first().toStringList(), QStringList{kUnet});
    QCOMPARE(shown.map.tiles().size(), 40); // until the answer comes
    shown.map.setChildren({kUnet}, parts.first(21));
    QCOMPARE(shown.map.tiles().size(), 20);
}

void TestTreemapSmaller::hasNoEndlessWayIn()
{
    Shown shown(nodeOf(QStringLiteral("GPU_0"), tensors(100'000, kMiB)), {160, 96});
    QCOMPARE(shown.map.tiles().size(), 1);
    QVERIFY(!others(shown.map).canBeEntered);
    QCOMPARE(others(shown.map).label, QStringLiteral("100000 smaller"));
}

QTEST_MAIN(TestTreemapSmaller)
#include "test_treemap_smaller.moc"
