// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/activity_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;

namespace {

JobView job(quint64 number, JobState state)
{
    JobView view;
    view.number = number;
    view.kind = JobKind::Scan;
    view.state = state;
    return view;
}

} // namespace

class TestActivityModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void newestFirst();
    void newsOfAJobChangeItsRow();
    void clearingKeepsWhatRuns();
    void oldOnesGo();
};

void TestActivityModel::newestFirst()
{
    ActivityModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    for (const quint64 number : {quint64{2}, quint64{1}, quint64{3}})
        model.setJob(job(number, JobState::Running));
    QCOMPARE(model.index(0).data(ActivityModel::NumberRole).toULongLong(), quint64{3});
    QCOMPARE(model.index(1).data(ActivityModel::NumberRole).toULongLong(), quint64{2});
    QCOMPARE(model.index(2).data(ActivityModel::NumberRole).toULongLong(), quint64{1});
    QVERIFY(!model.index(0).data().toString().isEmpty());
}

void TestActivityModel::newsOfAJobChangeItsRow()
{
    ActivityModel model;
    model.setJob(job(1, JobState::Running));
    QSignalSpy changed(&model, &ActivityModel::dataChanged);
    JobView half = job(1, JobState::Running);
    half.done = 1;
    half.total = 2;
    model.setJob(half);
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(changed.count(), 1);
    QCOMPARE(model.index(0).data(ActivityModel::PercentRole).toInt(), 50);
    QCOMPARE(model.unfinishedCount(), 1);
    QCOMPARE(model.index(0).data(ActivityModel::JobRole).value<JobView>(), half);
}

void TestActivityModel::clearingKeepsWhatRuns()
{
    ActivityModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setJob(job(1, JobState::Succeeded));
    model.setJob(job(2, JobState::Running));
    model.setJob(job(3, JobState::Failed));
    model.clearFinished();
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.index(0).data(ActivityModel::NumberRole).toULongLong(), quint64{2});
}

void TestActivityModel::oldOnesGo()
{
    ActivityModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setJob(job(1, JobState::Running));
    for (quint64 number = 2; number < ActivityModel::kJobsShown + 10; ++number)
        model.setJob(job(number, JobState::Succeeded));
    QCOMPARE(model.rowCount(), ActivityModel::kJobsShown);
    // The oldest still runs: it stays.
    QCOMPARE(model.jobs().last().number, quint64{1});
}

QTEST_GUILESS_MAIN(TestActivityModel)
#include "test_activity_model.moc"
