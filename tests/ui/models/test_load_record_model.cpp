// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/load_record_model.h"

#include <QAbstractItemModelTester>
#include <QLocale>
#include <QTest>

using namespace weightroom::ui;

namespace {

LoadRecordView record(const QString& device)
{
    LoadRecordView record;
    record.at = QDateTime::currentDateTime();
    record.deviceId = device;
    record.figures = {ForecastView{.predicted = 3.0 * 1024 * 1024, .measured = 2.0 * 1024 * 1024, .errorPercent = 50},
        ForecastView{.predicted = std::nullopt, .measured = 0.02},
        ForecastView{.predicted = 1.5, .measured = 1.5, .errorPercent = 0},
        ForecastView{.predicted = 1, .measured = 4, .errorPercent = -75},
        ForecastView{.predicted = 0.5, .measured = 0, .errorPercent = std::nullopt}};
    return record;
}

} // namespace

class TestLoadRecordModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void showsMeasuredAndPredicted();
    void saysHowGoodAPredictionWas();
    void namesItsColumns();
};

void TestLoadRecordModel::showsMeasuredAndPredicted()
{
    LoadRecordModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setRecords({record(QStringLiteral("GPU_0")), record({})});
    QCOMPARE(model.rowCount(), 2);
    const auto text = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QVERIFY(!text(0, LoadRecordModel::WhenColumn).isEmpty());
    QCOMPARE(text(0, LoadRecordModel::PlaceColumn), QStringLiteral("GPU_0"));
    QCOMPARE(text(1, LoadRecordModel::PlaceColumn), QStringLiteral("RAM cache"));
    QCOMPARE(text(0, LoadRecordModel::BytesColumn), QStringLiteral("2.0 MiB (3.0 MiB)"));
    QCOMPARE(text(0, LoadRecordModel::AllocatingColumn), QStringLiteral("20 ms"));
    QCOMPARE(text(0, LoadRecordModel::ReadingColumn), QStringLiteral("1.5 s (1.5 s)"));
    QCOMPARE(text(0, LoadRecordModel::CopyingColumn), QStringLiteral("4.0 s (1.0 s)"));
    model.setRecords({});
    QCOMPARE(model.rowCount(), 0);
}

void TestLoadRecordModel::saysHowGoodAPredictionWas()
{
    LoadRecordModel model;
    model.setRecords({record(QStringLiteral("GPU_0"))});
    const auto tip = [&](int column) { return model.index(0, column).data(Qt::ToolTipRole).toString(); };
    QVERIFY(tip(LoadRecordModel::BytesColumn).contains(QStringLiteral("50 % too high")));
    QVERIFY(tip(LoadRecordModel::AllocatingColumn).contains(QStringLiteral("Nothing was predicted")));
    QVERIFY(tip(LoadRecordModel::ReadingColumn).contains(QStringLiteral("was right")));
    QVERIFY(tip(LoadRecordModel::CopyingColumn).contains(QStringLiteral("75 % too low")));
    QVERIFY(tip(LoadRecordModel::TotalColumn).isEmpty());
    QVERIFY(tip(LoadRecordModel::PlaceColumn).isEmpty());
}

void TestLoadRecordModel::namesItsColumns()
{
    const LoadRecordModel model;
    for (int column = 0; column < model.columnCount(); ++column)
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
}

QTEST_MAIN(TestLoadRecordModel)
#include "test_load_record_model.moc"
