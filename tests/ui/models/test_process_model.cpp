// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/process_model.h"

#include <QAbstractItemModelTester>
#include <QLocale>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;

namespace {

constexpr quint64 kMiB = 1024 * 1024;

LedgerRow process(
    qint64 id, const QString& name, std::optional<quint64> reported, ProcessWork work = ProcessWork::Unknown)
{
    LedgerRow row;
    row.kind = LedgerKind::Process;
    row.processId = id;
    row.processName = name;
    row.bytes = reported.value_or(0);
    row.reported = reported;
    row.work = work;
    return row;
}

LedgerRow own(LedgerKind kind, quint64 bytes)
{
    LedgerRow row;
    row.kind = kind;
    row.bytes = bytes;
    return row;
}

WatchedMemory someMemory()
{
    WatchedMemory memory;
    memory.ledger = {own(LedgerKind::Component, 10 * kMiB), own(LedgerKind::Context, 5 * kMiB),
        process(42, QStringLiteral("blender"), 7 * kMiB, ProcessWork::ComputeAndGraphics),
        process(43, QString(), std::nullopt), own(LedgerKind::Ready, 20 * kMiB), own(LedgerKind::Free, 100 * kMiB)};
    return memory;
}

} // namespace

class TestProcessModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void listsProgramsWithTheirMemory();
    void saysWhatTheyDo_data();
    void saysWhatTheyDo();
    void saysWhatHasChanged();
};

void TestProcessModel::listsProgramsWithTheirMemory()
{
    ProcessModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setMemory(someMemory());
    QCOMPARE(model.rowCount(), 3);
    const auto text = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(text(0, ProcessModel::ProgramColumn), QStringLiteral("Weightroom"));
    QCOMPARE(
        text(0, ProcessModel::MemoryColumn), QStringLiteral("15.0 MiB")); // its context too, and nothing that is free
    QCOMPARE(text(1, ProcessModel::ProgramColumn), QStringLiteral("blender"));
    QCOMPARE(text(1, ProcessModel::IdColumn), QStringLiteral("42"));
    QCOMPARE(text(1, ProcessModel::MemoryColumn), QStringLiteral("7.0 MiB"));
    QCOMPARE(text(2, ProcessModel::ProgramColumn), QStringLiteral("unknown program"));
    QCOMPARE(text(2, ProcessModel::MemoryColumn), QStringLiteral("not reported")); // and not 0
    for (int column = 0; column < ProcessModel::ColumnCount; ++column)
        QVERIFY(!model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString().isEmpty());
}

void TestProcessModel::saysWhatTheyDo_data()
{
    QTest::addColumn<ProcessWork>("work");
    QTest::addColumn<QString>("expected");
    QTest::newRow("compute") << ProcessWork::Compute << QStringLiteral("Compute");
    QTest::newRow("graphics") << ProcessWork::Graphics << QStringLiteral("Graphics");
    QTest::newRow("both") << ProcessWork::ComputeAndGraphics << QStringLiteral("Compute and graphics");
    QTest::newRow("unknown") << ProcessWork::Unknown << QStringLiteral("unknown");
}

void TestProcessModel::saysWhatTheyDo()
{
    QFETCH(const ProcessWork, work);
    WatchedMemory memory;
    memory.ledger = {process(42, QStringLiteral("blender"), kMiB, work)};
    ProcessModel model;
    model.setMemory(memory);
    QTEST(model.index(1, ProcessModel::WorkColumn).data().toString(), "expected");
    QVERIFY(model.index(0, ProcessModel::WorkColumn).data().toString().isEmpty()); // the driver is not asked of ours
}

void TestProcessModel::saysWhatHasChanged()
{
    ProcessModel model;
    model.setMemory(someMemory());
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
    model.setMemory(someMemory());
    QCOMPARE(changes.size(), 0);
    WatchedMemory more = someMemory();
    more.ledger[2].reported = 9 * kMiB;
    model.setMemory(more);
    QCOMPARE(resets.size(), 0);
    QCOMPARE(changes.size(), 1);
    QCOMPARE(changes.first()[0].toModelIndex().row(), 1);
    more.ledger[2].work = ProcessWork::Graphics;
    model.setMemory(more);
    QCOMPARE(changes.size(), 2);
    more.ledger.removeAt(2);
    model.setMemory(more);
    QCOMPARE(resets.size(), 1);
    QCOMPARE(model.rowCount(), 2);
}

QTEST_GUILESS_MAIN(TestProcessModel)
#include "test_process_model.moc"
