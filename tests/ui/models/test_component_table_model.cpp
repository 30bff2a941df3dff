// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/model_rows.h"
#include "ui/models/component_table_model.h"

#include <QAbstractItemModelTester>
#include <QLocale>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;
using weightroom::test::loadedOn;
using weightroom::test::modelRow;

class TestComponentTableModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void showsAndClears();
    void placesFollowTheState();
    void theSameStateTellsNothing();
};

void TestComponentTableModel::showsAndClears()
{
    ComponentTableModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setModel(modelRow(QStringLiteral("a"), {.bytes = quint64{1} << 30}));
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.index(0, ComponentTableModel::NameColumn).data().toString(), QStringLiteral("unet"));
    QCOMPARE(model.index(0, ComponentTableModel::SizeColumn).data().toString(), QStringLiteral("1.00 GiB"));
    QCOMPARE(model.index(0, 0).data(ComponentTableModel::BytesRole).toULongLong(), quint64{1} << 30);
    model.setModel(modelRow(QStringLiteral("b")));
    QCOMPARE(model.rowCount(), 1);
    model.clear();
    QCOMPARE(model.rowCount(), 0);
}

void TestComponentTableModel::placesFollowTheState()
{
    ComponentTableModel model;
    ModelRow row = modelRow(QStringLiteral("a"));
    model.setModel(row);
    const QModelIndex place = model.index(0, ComponentTableModel::PlaceColumn);
    QCOMPARE(place.data().toString(), QStringLiteral("Disk"));
    row.status.cachedComponents = {QStringLiteral("unet")};
    model.setModel(row);
    QCOMPARE(place.data().toString(), QStringLiteral("RAM cache"));
    QSignalSpy resets(&model, &ComponentTableModel::modelReset);
    model.setModel(loadedOn(row, QStringLiteral("HOST_0")));
    QCOMPARE(place.data().toString(), QStringLiteral("HOST_0, RAM cache"));
    QCOMPARE(resets.count(), 0);
}

void TestComponentTableModel::theSameStateTellsNothing()
{
    ComponentTableModel model;
    const ModelRow row = modelRow(QStringLiteral("a"));
    model.setModel(row);
    QSignalSpy changed(&model, &ComponentTableModel::dataChanged);
    model.setModel(row);
    QCOMPARE(changed.count(), 0);
}

QTEST_GUILESS_MAIN(TestComponentTableModel)
#include "test_component_table_model.moc"
