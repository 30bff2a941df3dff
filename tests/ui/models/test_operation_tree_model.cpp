// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operation_tree_model.h"

#include <QAbstractItemModelTester>
#include <QTest>

using namespace weightroom::ui;

namespace {

OperationView operation(const char* family, const char* name)
{
    const QString inFull = QString::fromLatin1(family) + QLatin1Char('.') + QString::fromLatin1(name);
    return {.family = QString::fromLatin1(family), .name = inFull, .summary = QStringLiteral("Does <b>it</b>.")};
}

} // namespace

class TestOperationTreeModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void operationsStandUnderTheirFamily();
    void onlyOperationsCanBeChosen();
    void withoutOperationsItIsEmpty();
};

void TestOperationTreeModel::operationsStandUnderTheirFamily()
{
    OperationTreeModel model(
        {operation("model", "get_model"), operation("worker", "scan"), operation("model", "delete_model")});
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(model.rowCount(), 2);
    const QModelIndex first = model.index(0, 0);
    QCOMPARE(first.data().toString(), QStringLiteral("model"));
    QCOMPARE(model.rowCount(first), 2);
    QCOMPARE(model.rowCount(model.index(1, 0)), 1);
    const QModelIndex second = model.index(1, 0, first);
    QCOMPARE(second.data().toString(), QStringLiteral("delete_model"));
    QCOMPARE(second.data(OperationTreeModel::NameRole).toString(), QStringLiteral("model.delete_model"));
    QCOMPARE(second.data(Qt::AccessibleTextRole).toString(), QStringLiteral("model.delete_model"));
    QVERIFY(second.data(OperationTreeModel::SearchRole).toString().contains(QStringLiteral("Does")));
    // The tooltip is not taken for markup.
    QVERIFY(second.data(Qt::ToolTipRole).toString().contains(QStringLiteral("&lt;b&gt;")));
}

void TestOperationTreeModel::onlyOperationsCanBeChosen()
{
    const OperationTreeModel model({operation("model", "get_model")});
    const QModelIndex family = model.index(0, 0);
    QVERIFY(!family.flags().testFlag(Qt::ItemIsSelectable));
    QVERIFY(!family.data(OperationTreeModel::NameRole).isValid());
    QVERIFY(family.data(OperationTreeModel::SearchRole).toString().isEmpty());
    QVERIFY(model.index(0, 0, family).flags().testFlag(Qt::ItemIsSelectable));
}

void TestOperationTreeModel::withoutOperationsItIsEmpty()
{
    OperationTreeModel model({});
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(model.rowCount(), 0);
}

QTEST_GUILESS_MAIN(TestOperationTreeModel)
#include "test_operation_tree_model.moc"
