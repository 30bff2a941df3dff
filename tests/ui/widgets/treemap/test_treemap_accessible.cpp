// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/widgets/treemap/treemap_fixture.h"

#include <QAccessible>
#include <QLocale>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;
using namespace weightroom::test;

namespace {

QAccessibleInterface* listOf(Treemap& map) { return QAccessible::queryAccessibleInterface(&map); }

QStringList namesIn(Treemap& map)
{
    QStringList names;
    for (int index = 0; index < listOf(map)->childCount(); ++index)
        names.append(listOf(map)->child(index)->text(QAccessible::Name));
    return names;
}

} // namespace

/// What screen readers see of a treemap.
class TestTreemapAccessible : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void isAListOfTiles();
    void knowsWhereTilesAre();
    void saysWhichOneIsCurrent();
    void goesInByAPress();
    void itemsStayWithTheirTiles();
    void itemsOfAnotherNodeAreOthers();
    void tellsWhereTheKeyboardGoes();
    void isSilentWhileTheKeyboardIsElsewhere();
    void endsWithTheWidget();
};

void TestTreemapAccessible::isAListOfTiles()
{
    Shown shown;
    QAccessibleInterface* list = listOf(shown.map);
    QVERIFY(list != nullptr);
    QCOMPARE(list->role(), QAccessible::List);
    QCOMPARE(list->text(QAccessible::Name), QStringLiteral("What is in GPU_0 label"));
    QCOMPARE(namesIn(shown.map),
        (QStringList{QStringLiteral("sdxl label, sdxl detail, 60.0 % of GPU_0 label. Part 1 of 3."),
            QStringLiteral("flux label, flux detail, 25.0 % of GPU_0 label. Part 2 of 3."),
            QStringLiteral("free label, free detail, 15.0 % of GPU_0 label. Part 3 of 3.")}));
    for (int index = 0; index < 3; ++index) {
        QAccessibleInterface* item = list->child(index);
        QCOMPARE(item->role(), QAccessible::ListItem);
        QCOMPARE(item->parent(), list);
        QCOMPARE(list->indexOfChild(item), index);
        QCOMPARE(list->child(index), item); // the same one
        QCOMPARE(item->childCount(), 0);
    }
    QVERIFY(list->child(3) == nullptr && list->child(-1) == nullptr);
    QCOMPARE(list->indexOfChild(list), -1);
    shown.map.setRoot(node(QStringLiteral("GPU_0"), 100));
    QCOMPARE(list->childCount(), 0);
    QCOMPARE(list->text(QAccessible::Description), QStringLiteral("Nothing here."));
}

void TestTreemapAccessible::knowsWhereTilesAre()
{
    Shown shown;
    QAccessibleInterface* list = listOf(shown.map);
    for (int index = 0; index < list->childCount(); ++index) {
        const QRect rect = list->child(index)->rect();
        QCOMPARE(rect.topLeft(), shown.map.mapToGlobal(shown.map.tiles()[index].rect.toAlignedRect().topLeft()));
        QVERIFY(list->rect().contains(rect));
        QCOMPARE(list->childAt(rect.center().x(), rect.center().y()), list->child(index));
    }
    QVERIFY(list->childAt(list->rect().right() + 10, 0) == nullptr);
    QVERIFY(!list->child(0)->state().invisible);
    shown.map.hide();
    QVERIFY(list->child(0)->state().invisible);
}

void TestTreemapAccessible::saysWhichOneIsCurrent()
{
    Shown shown;
    QVERIFY(QTest::qWaitForWindowActive(&shown.map));
    QAccessibleInterface* list = listOf(shown.map);
    QCOMPARE(list->focusChild(), list->child(0));
    shown.map.makeCurrent(QStringLiteral("free"));
    QCOMPARE(list->focusChild(), list->child(2));
    for (int index = 0; index < 3; ++index) {
        const QAccessible::State state = list->child(index)->state();
        QVERIFY(state.focusable && state.selectable && !state.invalid);
        QCOMPARE(bool(state.focused), index == 2);
        QCOMPARE(bool(state.selected), index == 2);
    }
    shown.map.clearFocus();
    QVERIFY(list->focusChild() == nullptr);
    QVERIFY(!list->child(2)->state().focused && list->child(2)->state().selected);
}

void TestTreemapAccessible::goesInByAPress()
{
    Shown shown;
    QAccessibleInterface* list = listOf(shown.map);
    QAccessibleActionInterface* leaf = list->child(2)->actionInterface();
    QCOMPARE(leaf->actionNames(), QStringList{QAccessibleActionInterface::setFocusAction()});
    leaf->doAction(QAccessibleActionInterface::pressAction()); // it has none
    leaf->doAction(QAccessibleActionInterface::setFocusAction());
    QTRY_COMPARE(shown.map.currentTile()->id, QStringLiteral("free"));
    QVERIFY(shown.map.path().isEmpty());
    QAccessibleActionInterface* model = list->child(0)->actionInterface();
    QVERIFY(model->actionNames().contains(QAccessibleActionInterface::pressAction()));
    model->doAction(QAccessibleActionInterface::pressAction());
    QTRY_COMPARE(shown.map.path(), QStringList{kSdxl});
    QVERIFY(namesIn(shown.map).first().startsWith(QStringLiteral("unet label")));
}

/// The treemap is told of another state once a second.
void TestTreemapAccessible::itemsStayWithTheirTiles()
{
    Shown shown;
    QAccessibleInterface* list = listOf(shown.map);
    QAccessibleInterface* model = list->child(0);
    QAccessibleInterface* free = list->child(2);
    const QAccessible::Id idOfFree = QAccessible::uniqueId(free);
    shown.map.setRoot(device(10 * kMiB));
    QVERIFY(model->isValid());
    QVERIFY2(model->text(QAccessible::Name).contains(QStringLiteral("sdxl detail")),
        qPrintable(model->text(QAccessible::Name)));
    QCOMPARE(list->child(list->indexOfChild(model)), model);
    QVERIFY(list->indexOfChild(model) != 0); // another one is the largest now
    TreemapNode full = device();
    full.children.removeFirst(); // nothing is free any more
    shown.map.setRoot(full);
    QCOMPARE(list->childCount(), 2);
    QVERIFY(QAccessible::accessibleInterface(idOfFree) == nullptr);
}

void TestTreemapAccessible::itemsOfAnotherNodeAreOthers()
{
    // A component that has the id of its model.
    const TreemapNode root = nodeOf(QStringLiteral("GPU_0"), {nodeOf(kSdxl, {node(kSdxl, kMiB)}, TreemapTone::Owner)});
    Shown shown(root);
    const QAccessible::Id outer = QAccessible::uniqueId(listOf(shown.map)->child(0));
    shown.map.setPath({kSdxl});
    QVERIFY(QAccessible::accessibleInterface(outer) == nullptr);
    QCOMPARE(listOf(shown.map)->childCount(), 1);
    QVERIFY(listOf(shown.map)->child(0)->isValid());
}

void TestTreemapAccessible::tellsWhereTheKeyboardGoes()
{
    Shown shown;
    QStringList told; // with what a screen reader finds then
    connect(&shown.map, &Treemap::currentChanged, &shown.map, [&](const QString& id) {
        const QAccessibleInterface* item = listOf(shown.map)->focusChild();
        told.append(item != nullptr && item->text(QAccessible::Name).startsWith(id) ? id : QStringLiteral("nothing"));
    });
    QVERIFY(QTest::qWaitForWindowActive(&shown.map));
    QTRY_COMPARE(told, QStringList{kSdxl});
    told.clear();
    shown.map.makeCurrent(QStringLiteral("flux"));
    QCOMPARE(told, QStringList{QStringLiteral("flux")});
    shown.map.setRoot(device(45 * kMiB)); // numbers alone are not told
    QCOMPARE(told.size(), 1);
    shown.map.makeCurrent(kSdxl);
    QTest::keyClick(&shown.map, Qt::Key_Return);
    QCOMPARE(told, (QStringList{QStringLiteral("flux"), kSdxl, kUnet}));
    QTest::keyClick(&shown.map, Qt::Key_Backspace);
    QCOMPARE(told.last(), kSdxl);
}

void TestTreemapAccessible::isSilentWhileTheKeyboardIsElsewhere()
{
    Shown shown;
    QSignalSpy told(&shown.map, &Treemap::currentChanged);
    QVERIFY(QTest::qWaitForWindowActive(&shown.map));
    QTRY_VERIFY(!told.isEmpty());
    shown.map.clearFocus();
    told.clear();
    shown.map.makeCurrent(QStringLiteral("flux"));
    QVERIFY(told.isEmpty());
    shown.map.setFocus();
    QTRY_COMPARE(told.size(), 1);
    QCOMPARE(told.first().first().toString(), QStringLiteral("flux"));
}

void TestTreemapAccessible::endsWithTheWidget()
{
    QAccessible::Id list = 0;
    QAccessible::Id item = 0;
    {
        Shown shown;
        list = QAccessible::uniqueId(listOf(shown.map));
        item = QAccessible::uniqueId(listOf(shown.map)->child(1));
        QVERIFY(QAccessible::accessibleInterface(item) != nullptr);
    }
    QVERIFY(QAccessible::accessibleInterface(list) == nullptr);
    QVERIFY(QAccessible::accessibleInterface(item) == nullptr);
}

QTEST_MAIN(TestTreemapAccessible)
#include "test_treemap_accessible.moc"
