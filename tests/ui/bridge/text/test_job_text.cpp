// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/job_text.h"

#include <QLocale>
#include <QTest>

using namespace weightroom::ui;

namespace {

JobView runningLoad()
{
    JobView job;
    job.kind = JobKind::Load;
    job.state = JobState::Running;
    job.phase = JobPhase::Reading;
    job.subject = QStringLiteral("sdxl");
    job.deviceId = QStringLiteral("HOST_0");
    job.done = quint64{1} << 30;
    job.total = quint64{4} << 30;
    job.perSecond = static_cast<double>(quint64{1} << 30);
    job.remaining = std::chrono::seconds(3);
    return job;
}

} // namespace

class TestJobText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void everyKindHasTitles();
    void aRunningLoad();
    void whatIsNotKnownIsNotSaid();
    void afterTheEnd();
};

void TestJobText::everyKindHasTitles()
{
    for (const JobKind kind : {JobKind::Scan, JobKind::Cache, JobKind::Load, JobKind::Unload, JobKind::DropCache,
             JobKind::MakeSamples, JobKind::Settings, JobKind::Delete, JobKind::Restore, JobKind::Validate,
             JobKind::Convert, JobKind::ExportPaths, JobKind::Preload, JobKind::Optimize, JobKind::Benchmark}) {
        JobView job;
        job.kind = kind;
        job.state = JobState::Running;
        const QString before = jobTitle(job);
        job.state = JobState::Succeeded;
        QVERIFY(!before.isEmpty());
        QVERIFY(jobTitle(job) != before);
    }
}

void TestJobText::aRunningLoad()
{
    QCOMPARE(jobTitle(runningLoad()), QStringLiteral("Loading sdxl"));
    QCOMPARE(jobDetail(runningLoad()), QStringLiteral("1.00 GiB of 4.00 GiB · 1.00 GiB/s · 3.0 s left"));
}

void TestJobText::whatIsNotKnownIsNotSaid()
{
    JobView job = runningLoad();
    job.total = 0;
    job.perSecond = 0;
    job.remaining.reset();
    QCOMPARE(jobDetail(job), QStringLiteral("Reading from disk"));
}

void TestJobText::afterTheEnd()
{
    JobView job = runningLoad();
    job.state = JobState::Succeeded;
    job.elapsed = std::chrono::seconds(2);
    job.resultBytes = quint64{2} << 30;
    QCOMPARE(jobTitle(job), QStringLiteral("Loaded sdxl on HOST_0"));
    QCOMPARE(jobDetail(job), QStringLiteral("2.00 GiB · 2.0 s · 1.00 GiB/s"));
    job.recovered = QStringLiteral("at the second attempt");
    QCOMPARE(jobDetail(job), QStringLiteral("2.00 GiB · 2.0 s · 1.00 GiB/s · at the second attempt"));
    job.recovered.clear();
    job.kind = JobKind::Unload;
    QCOMPARE(jobDetail(job), QStringLiteral("2.00 GiB · 2.0 s"));
    job.kind = JobKind::Optimize;
    QCOMPARE(jobDetail(job), QStringLiteral("2.00 GiB given back · 2.0 s"));
    job.state = JobState::Failed;
    job.error =
        ErrorView{.sentence = QStringLiteral("It failed."), .advice = {}, .actions = {}, .detail = {}, .modelId = {}};
    QCOMPARE(jobDetail(job), QStringLiteral("It failed."));
    JobView benchmark;
    benchmark.kind = JobKind::Benchmark;
    benchmark.state = JobState::Succeeded;
    benchmark.resultBytes = 26; // steps, which are no bytes
    benchmark.elapsed = std::chrono::seconds(2);
    QCOMPARE(jobDetail(benchmark), QStringLiteral("2.0 s"));
}

QTEST_GUILESS_MAIN(TestJobText)
#include "test_job_text.moc"
