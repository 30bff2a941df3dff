// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/widgets/treemap/treemap_fixture.h"
#include "ui/style/theme.h"

#include <QLocale>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;
using namespace weightroom::test;

class TestTreemapChildren : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void init() { applyTheme(*qApp, ThemeChoice::Light); }
    void asksForChildrenOnce();
    void asksAgainWhereSomethingChanged();
    void asksAgainForAnotherVersion();
    void asksAgainWhereNothingWasGiven();
    void asksAgainWhenOneComesBack();
    void childrenThatNobodyWantsAreDropped();
    void anotherRootBeginsAnew();
    void keepsPathAcrossUpdates();
    void leavesWhatIsGone();
};

void TestTreemapChildren::asksForChildrenOnce()
{
    Shown shown;
    QSignalSpy wanted(&shown.map, &Treemap::childrenWanted);
    shown.map.setPath({kSdxl});
    QCOMPARE(wanted.count(), 0);
    shown.map.setPath({kSdxl, kUnet});
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(wanted.first().first().toStringList(), (QStringList{kSdxl, kUnet}));
    QVERIFY(shown.map.tiles().isEmpty());
    QVERIFY(shown.map.sentence().startsWith(QStringLiteral("Looking up")));
    QCOMPARE(shown.map.accessibleDescription(), shown.map.sentence());
    shown.map.setRoot(device()); // an update meanwhile
    QCOMPARE(wanted.count(), 1);
    shown.map.setChildren({kSdxl, kUnet}, tensors(3, kMiB));
    QCOMPARE(shown.map.tiles().size(), 3);
    QCOMPARE(shown.map.tiles().first().tint.modelId, kSdxl);
    shown.map.setRoot(device()); // they stay
    QCOMPARE(shown.map.tiles().size(), 3);
    QCOMPARE(shown.map.path(), (QStringList{kSdxl, kUnet}));
    QCOMPARE(wanted.count(), 1);
}

void TestTreemapChildren::asksAgainWhereSomethingChanged()
{
    Shown shown;
    shown.map.setPath({kSdxl, kUnet});
    shown.map.setChildren({kSdxl, kUnet}, tensors(3, kMiB));
    QSignalSpy wanted(&shown.map, &Treemap::childrenWanted);
    shown.map.setRoot(device(20 * kMiB));
    QCOMPARE(wanted.count(), 1);
    QCOMPARE(shown.map.tiles().size(), 3); // until the answer comes
    shown.map.setRoot(device(10 * kMiB)); // the answer to come is of another size
    shown.map.setChildren({kSdxl, kUnet}, tensors(2, kMiB));
    QCOMPARE(shown.map.tiles().size(), 2);
    QCOMPARE(wanted.count(), 2);
    shown.map.setChildren({kSdxl, kUnet}, tensors(1, kMiB));
    QCOMPARE(wanted.count(), 2);
}

void TestTreemapChildren::asksAgainForAnotherVersion()
{
    Shown shown;
    shown.map.setPath({kSdxl, kUnet});
    shown.map.setChildren({kSdxl, kUnet}, tensors(3, kMiB));
    QSignalSpy wanted(&shown.map, &Treemap::childrenWanted);
    TreemapNode root = device();
    auto model = std::ranges::find(root.children, kSdxl, &TreemapNode::id);
    std::ranges::find(model->children, kUnet, &TreemapNode::id)->version = 7; // and as large as before
    shown.map.setRoot(root);
    QCOMPARE(wanted.count(), 1);
    shown.map.setChildren({kSdxl, kUnet}, tensors(2, kMiB));
    shown.map.setRoot(root);
    QCOMPARE(wanted.count(), 1);
}

void TestTreemapChildren::asksAgainWhereNothingWasGiven()
{
    Shown shown;
    shown.map.setPath({kSdxl, kUnet});
    shown.map.setChildren({kSdxl, kUnet}, {}); // a refusal, perhaps
    QSignalSpy wanted(&shown.map, &Treemap::childrenWanted);
    shown.map.setPath({kSdxl});
    shown.map.setPath({kSdxl, kUnet});
    QCOMPARE(wanted.count(), 1);
}

void TestTreemapChildren::asksAgainWhenOneComesBack()
{
    Shown shown;
    QSignalSpy wanted(&shown.map, &Treemap::childrenWanted);
    shown.map.setPath({kSdxl, kUnet}); // nobody answers
    shown.map.setPath({});
    shown.map.setPath({kSdxl, kUnet});
    QCOMPARE(wanted.count(), 2);
    shown.map.setChildren({kSdxl, kUnet}, {}); // none is an answer
    QVERIFY2(shown.map.sentence().startsWith(QStringLiteral("Nothing in it")), qPrintable(shown.map.sentence()));
    shown.map.setRoot(device());
    QCOMPARE(wanted.count(), 2);
}

void TestTreemapChildren::childrenThatNobodyWantsAreDropped()
{
    Shown shown;
    shown.map.setChildren({QStringLiteral("gone"), kUnet}, tensors(3, kMiB));
    shown.map.setChildren({QStringLiteral("free")}, tensors(3, kMiB)); // it has none
    QVERIFY(!tile(shown.map, QStringLiteral("free")).canBeEntered);
    // Those of a model that was unloaded and came back are asked for anew.
    shown.map.setPath({kSdxl, kUnet});
    shown.map.setChildren({kSdxl, kUnet}, tensors(3, kMiB));
    shown.map.setRoot(nodeOf(QStringLiteral("GPU_0"), {node(QStringLiteral("free"), kMiB)}));
    shown.map.setRoot(device());
    QSignalSpy wanted(&shown.map, &Treemap::childrenWanted);
    shown.map.setPath({kSdxl, kUnet});
    QCOMPARE(wanted.count(), 1);
}

void TestTreemapChildren::anotherRootBeginsAnew()
{
    Shown shown;
    shown.map.setPath({kSdxl, kUnet});
    shown.map.setChildren({kSdxl, kUnet}, tensors(3, kMiB));
    QSignalSpy wanted(&shown.map, &Treemap::childrenWanted);
    TreemapNode other = device();
    other.id = QStringLiteral("GPU_1");
    shown.map.setRoot(other);
    QVERIFY(shown.map.path().isEmpty());
    shown.map.setPath({kSdxl, kUnet});
    QCOMPARE(wanted.count(), 1);
    QVERIFY(shown.map.tiles().isEmpty());
}

void TestTreemapChildren::keepsPathAcrossUpdates()
{
    Shown shown;
    shown.map.setPath({kSdxl});
    QTest::keyClick(&shown.map, Qt::Key_Right);
    QCOMPARE(shown.map.currentTile()->id, QStringLiteral("vae"));
    QSignalSpy paths(&shown.map, &Treemap::pathChanged);
    shown.map.setRoot(device(2 * kMiB)); // now the vae is the first
    QCOMPARE(shown.map.path(), QStringList{kSdxl});
    QCOMPARE(shown.map.currentTile()->id, QStringLiteral("vae"));
    QCOMPARE(shown.map.tiles().last().id, kUnet);
    QCOMPARE(paths.count(), 0);
}

void TestTreemapChildren::leavesWhatIsGone()
{
    Shown shown;
    shown.map.setPath({kSdxl, kUnet});
    QSignalSpy paths(&shown.map, &Treemap::pathChanged);
    TreemapNode root = device();
    TreemapNode& sdxl = root.children.last();
    sdxl.children.removeFirst();
    shown.map.setRoot(root); // the component
    QCOMPARE(shown.map.path(), QStringList{kSdxl});
    sdxl.children.clear();
    shown.map.setRoot(root); // what is in the model
    QVERIFY(shown.map.path().isEmpty());
    QCOMPARE(paths.count(), 2);
    shown.map.setPath({QStringLiteral("nowhere"), kUnet});
    QVERIFY(shown.map.path().isEmpty());
    QCOMPARE(paths.count(), 2);
}

QTEST_MAIN(TestTreemapChildren)
#include "test_treemap_children.moc"
