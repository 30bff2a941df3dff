// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/load_figures_model.h"

#include <QAbstractItemModelTester>
#include <QLocale>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;

namespace {

constexpr double kMiB = 1024 * 1024;

LoadFiguresView someLoads()
{
    return {.deviceId = QStringLiteral("GPU_0"),
        .succeeded = 4,
        .failed = 1,
        .meanSeconds = 12.0,
        .medianSeconds = 0.4,
        .p95Seconds = 42.0,
        .bytesPerSecond = 10 * kMiB};
}

LoadFiguresView noLoads(const char* deviceId)
{
    LoadFiguresView figures;
    figures.deviceId = QString::fromLatin1(deviceId);
    return figures;
}

QStringList rowOf(const LoadFiguresModel& model, int row)
{
    QStringList texts;
    for (int column = 0; column < LoadFiguresModel::ColumnCount; ++column)
        texts.append(model.index(row, column).data().toString());
    return texts;
}

} // namespace

class TestLoadFiguresModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void showsFiguresOfEachDevice();
    void saysWhatHasChanged();
};

void TestLoadFiguresModel::showsFiguresOfEachDevice()
{
    LoadFiguresModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    LoadFiguresView failed = noLoads("HOST_0");
    failed.failed = 2;
    model.setFigures({someLoads(), failed, noLoads("HOST_1")});
    const QString none = QStringLiteral("\u2013");
    QCOMPARE(rowOf(model, 0),
        (QStringList{QStringLiteral("GPU_0"), QStringLiteral("5"), QStringLiteral("1 (20 %)"), QStringLiteral("12 s"),
            QStringLiteral("0.4 s"), QStringLiteral("42 s"), QStringLiteral("10.0 MiB/s")}));
    QCOMPARE(rowOf(model, 1),
        (QStringList{
            QStringLiteral("HOST_0"), QStringLiteral("2"), QStringLiteral("2 (100 %)"), none, none, none, none}));
    QCOMPARE(
        rowOf(model, 2), (QStringList{QStringLiteral("HOST_1"), QStringLiteral("0"), none, none, none, none, none}));
    for (int column = 0; column < LoadFiguresModel::ColumnCount; ++column)
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
    QVERIFY(model.headerData(LoadFiguresModel::P95Column, Qt::Horizontal, Qt::ToolTipRole).isValid());
}

void TestLoadFiguresModel::saysWhatHasChanged()
{
    LoadFiguresModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setFigures({someLoads(), noLoads("HOST_0")});
    const QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    const QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    LoadFiguresView next = someLoads();
    next.succeeded = 5;
    model.setFigures({next, noLoads("HOST_0")});
    QCOMPARE(changed.size(), 1); // the other row stays as it is
    QCOMPARE(changed.first().first().toModelIndex().row(), 0);
    QCOMPARE(reset.size(), 0);
    model.setFigures({next});
    QCOMPARE(reset.size(), 1);
    QCOMPARE(model.rowCount(), 1);
}

QTEST_APPLESS_MAIN(TestLoadFiguresModel)
#include "test_load_figures_model.moc"
