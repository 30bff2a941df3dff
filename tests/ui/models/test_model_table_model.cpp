// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/model_rows.h"
#include "ui/models/list_diff.h"
#include "ui/models/model_table_model.h"

#include <QAbstractItemModelTester>
#include <QLocale>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;
using weightroom::test::loadedOn;
using weightroom::test::modelRow;

namespace {

QList<ModelRow> rowsOf(const QString& letters)
{
    QList<ModelRow> rows;
    for (const QChar letter : letters)
        rows.append(modelRow(QString(letter)));
    return rows;
}

QString idsOf(const ModelTableModel& model)
{
    QString ids;
    for (int row = 0; row < model.rowCount(); ++row)
        ids += model.index(row, 0).data(ModelTableModel::IdRole).toString();
    return ids;
}

QString textAt(const ModelTableModel& model, int row, int column) { return model.index(row, column).data().toString(); }

} // namespace

class TestModelTableModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void diffs_data();
    void diffs();
    void manyChangesAreOneReset();
    void sameRowsTellNothing();
    void changedRowsAreTold();
    void persistentIndexesSurvive();
    void progress();
    void texts();
    void numbersAreRaw();
    void brokenFilesSayWhy();
    void everyColumnHasATitle();
};

void TestModelTableModel::diffs_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("after");
    QTest::addColumn<int>("resets");
    QTest::newRow("from nothing") << ""
                                  << "abc" << 0;
    QTest::newRow("to nothing") << "abc"
                                << "" << 0;
    QTest::newRow("first goes") << "abc"
                                << "bc" << 0;
    QTest::newRow("last goes") << "abc"
                               << "ab" << 0;
    QTest::newRow("runs go") << "abcdefg"
                             << "adg" << 0;
    QTest::newRow("first comes") << "bc"
                                 << "abc" << 0;
    QTest::newRow("runs come") << "dg"
                               << "abcdefghi" << 0;
    QTest::newRow("some go, some come") << "acegi"
                                        << "abfgj" << 0;
    QTest::newRow("all are others") << "abc"
                                    << "xyz" << 0;
    QTest::newRow("another order") << "abc"
                                   << "cab" << 1;
}

void TestModelTableModel::diffs()
{
    QFETCH(const QString, before);
    QFETCH(const QString, after);
    ModelTableModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setRows(rowsOf(before));
    QSignalSpy resets(&model, &ModelTableModel::modelReset);
    model.setRows(rowsOf(after));
    QCOMPARE(idsOf(model), after);
    QTEST(static_cast<int>(resets.count()), "resets");
    for (const QChar letter : after)
        QCOMPARE(model.indexOf(QString(letter)).row(), after.indexOf(letter));
}

void TestModelTableModel::manyChangesAreOneReset()
{
    ModelTableModel model;
    QList<ModelRow> all;
    QList<ModelRow> everySecond;
    for (int number = 0; number < 4 * kMostDiffSteps; ++number) {
        all.append(modelRow(QString::number(number)));
        if (number % 2 == 0)
            everySecond.append(all.last());
    }
    model.setRows(everySecond);
    QSignalSpy inserted(&model, &ModelTableModel::rowsInserted);
    QSignalSpy resets(&model, &ModelTableModel::modelReset);
    model.setRows(all);
    QCOMPARE(resets.count(), 1);
    QCOMPARE(inserted.count(), 0);
    QCOMPARE(model.rowCount(), all.size());
}

void TestModelTableModel::sameRowsTellNothing()
{
    ModelTableModel model;
    const QList<ModelRow> rows = rowsOf(QStringLiteral("abc"));
    model.setRows(rows);
    QSignalSpy changed(&model, &ModelTableModel::dataChanged);
    QSignalSpy resets(&model, &ModelTableModel::modelReset);
    model.setRows(rows);
    QCOMPARE(changed.count(), 0);
    QCOMPARE(resets.count(), 0);
}

void TestModelTableModel::changedRowsAreTold()
{
    ModelTableModel model;
    QList<ModelRow> rows = rowsOf(QStringLiteral("abc"));
    model.setRows(rows);
    QSignalSpy changed(&model, &ModelTableModel::dataChanged);
    rows[1] = loadedOn(rows[1], QStringLiteral("HOST_0"));
    model.setRows(rows);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(changed.first().first().toModelIndex().row(), 1);
    QCOMPARE(textAt(model, 1, ModelTableModel::StateColumn), QStringLiteral("Loaded on HOST_0"));
}

void TestModelTableModel::persistentIndexesSurvive()
{
    ModelTableModel model;
    model.setRows(rowsOf(QStringLiteral("bdf")));
    const QPersistentModelIndex kept(model.indexOf(QStringLiteral("d")));
    model.setRows(rowsOf(QStringLiteral("abcdefg")));
    QVERIFY(kept.isValid());
    QCOMPARE(kept.data(ModelTableModel::IdRole).toString(), QStringLiteral("d"));
}

void TestModelTableModel::progress()
{
    ModelTableModel model;
    ModelRow row = modelRow(QStringLiteral("a"));
    row.status.condition = ModelCondition::Loading;
    row.status.loadingOn = QStringLiteral("HOST_0");
    model.setRows({row});
    QSignalSpy changed(&model, &ModelTableModel::dataChanged);
    model.setProgress(QStringLiteral("a"), 42);
    model.setProgress(QStringLiteral("a"), 42);
    model.setProgress(QStringLiteral("not there"), 42);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(textAt(model, 0, ModelTableModel::StateColumn), QStringLiteral("Loading 42 %"));
    QCOMPARE(model.index(0, 0).data(ModelTableModel::PercentRole).toInt(), 42);
    model.setProgress(QStringLiteral("a"), -1);
    QCOMPARE(model.index(0, 0).data(ModelTableModel::PercentRole).toInt(), -1);
}

void TestModelTableModel::texts()
{
    ModelTableModel model;
    model.setRows({modelRow(QStringLiteral("a"), {.name = QStringLiteral("base"), .bytes = quint64{2} << 30}),
        modelRow(QStringLiteral("b"), {.condition = ModelCondition::Cached, .architecture = {}})});
    QCOMPARE(textAt(model, 0, ModelTableModel::NameColumn), QStringLiteral("base"));
    QCOMPARE(textAt(model, 0, ModelTableModel::KindColumn), QStringLiteral("Checkpoint"));
    QCOMPARE(textAt(model, 0, ModelTableModel::ArchitectureColumn), QStringLiteral("SDXL"));
    QCOMPARE(textAt(model, 0, ModelTableModel::PrecisionColumn), QStringLiteral("fp16"));
    QCOMPARE(textAt(model, 0, ModelTableModel::SizeColumn), QStringLiteral("2.00 GiB"));
    QCOMPARE(textAt(model, 0, ModelTableModel::StateColumn), QStringLiteral("On disk"));
    QCOMPARE(textAt(model, 1, ModelTableModel::StateColumn), QStringLiteral("Cached"));
    QCOMPARE(textAt(model, 1, ModelTableModel::ArchitectureColumn), QStringLiteral("–"));
}

void TestModelTableModel::numbersAreRaw()
{
    ModelTableModel model;
    model.setRows({modelRow(QStringLiteral("a"), {.bytes = 123'456'789'012})});
    const QModelIndex index = model.index(0, ModelTableModel::SizeColumn);
    QCOMPARE(index.data(ModelTableModel::BytesRole).toULongLong(), quint64{123'456'789'012});
    QCOMPARE(index.data(ModelTableModel::SortRole).toULongLong(), quint64{123'456'789'012});
}

void TestModelTableModel::brokenFilesSayWhy()
{
    ModelTableModel model;
    model.setRows({modelRow(QStringLiteral("a"), {.condition = ModelCondition::Unusable})});
    QCOMPARE(textAt(model, 0, ModelTableModel::StateColumn), QStringLiteral("Cannot be used: The file is damaged."));
}

void TestModelTableModel::everyColumnHasATitle()
{
    const ModelTableModel model;
    for (int column = 0; column < ModelTableModel::ColumnCount; ++column)
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
}

QTEST_GUILESS_MAIN(TestModelTableModel)
#include "test_model_table_model.moc"
