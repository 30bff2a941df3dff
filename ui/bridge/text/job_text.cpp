// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/job_text.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QStringList>

namespace weightroom::ui {
namespace {

struct JobText {
    Q_DECLARE_TR_FUNCTIONS(JobText)
};

QString unfinishedTitle(const JobView& job)
{
    switch (job.kind) {
    case JobKind::Scan:
        return JobText::tr("Scanning folders", "job");
    case JobKind::Cache:
        return JobText::tr("Caching %1", "job, model").arg(job.subject);
    case JobKind::Load:
        return JobText::tr("Loading %1", "job, model").arg(job.subject);
    case JobKind::Unload:
        return JobText::tr("Unloading %1", "job, model").arg(job.subject);
    case JobKind::DropCache:
        return job.modelId.isEmpty() ? JobText::tr("Freeing the cache", "job")
                                     : JobText::tr("Removing %1 from the cache", "job, model").arg(job.subject);
    case JobKind::MakeSamples:
        return JobText::tr("Writing the sample library", "job");
    case JobKind::Settings:
        return JobText::tr("Saving the settings", "job");
    case JobKind::Delete:
        return JobText::tr("Moving %1 to the trash", "job, model").arg(job.subject);
    case JobKind::Restore:
        return JobText::tr("Bringing back %1", "job, model").arg(job.subject);
    case JobKind::Validate:
        return JobText::tr("Checking %1", "job, model").arg(job.subject);
    case JobKind::Convert:
        return JobText::tr("Converting %1", "job, model").arg(job.subject);
    case JobKind::ExportPaths:
        return JobText::tr("Writing the folders for ComfyUI", "job");
    case JobKind::Preload:
        return JobText::tr("Preloading %1", "job, model or plan").arg(job.subject);
    case JobKind::Optimize:
        return JobText::tr("Tidying up the memory", "job");
    case JobKind::Attach:
        return JobText::tr("Lending %1 to another program", "job, model").arg(job.subject);
    case JobKind::Share:
        return JobText::tr("Sharing %1", "job, model").arg(job.subject);
    case JobKind::ReturnLease:
        return JobText::tr("Taking back what another program used", "job");
    case JobKind::Benchmark:
        return JobText::tr("Measuring %1", "job, model or number of models").arg(job.subject);
    case JobKind::Other:
        break;
    }
    return job.subject;
}

QString loadedTitle(const JobView& job)
{
    if (job.deviceId.isEmpty())
        return JobText::tr("Loaded %1", "job that is done, model").arg(job.subject);
    return JobText::tr("Loaded %1 on %2", "job that is done, model and device").arg(job.subject, job.deviceId);
}

QString finishedTitle(const JobView& job)
{
    switch (job.kind) {
    case JobKind::Scan:
        return JobText::tr("Scanned the folders", "job that is done");
    case JobKind::Cache:
        return JobText::tr("Cached %1", "job that is done, model").arg(job.subject);
    case JobKind::Load:
        return loadedTitle(job);
    case JobKind::Unload:
        return JobText::tr("Unloaded %1", "job that is done, model").arg(job.subject);
    case JobKind::DropCache:
        return job.modelId.isEmpty()
            ? JobText::tr("Freed the cache", "job that is done")
            : JobText::tr("Removed %1 from the cache", "job that is done, model").arg(job.subject);
    case JobKind::MakeSamples:
        return JobText::tr("Wrote the sample library", "job that is done");
    case JobKind::Settings:
        return job.isForThisRunOnly ? JobText::tr("Changed the settings for this run only", "job that is done")
                                    : JobText::tr("Saved the settings", "job that is done");
    case JobKind::Delete:
        return JobText::tr("Moved %1 to the trash", "job that is done, model").arg(job.subject);
    case JobKind::Restore:
        return JobText::tr("Brought back %1", "job that is done, model").arg(job.subject);
    case JobKind::Validate:
        return JobText::tr("Checked %1", "job that is done, model").arg(job.subject);
    case JobKind::Convert:
        return JobText::tr("Converted %1", "job that is done, model").arg(job.subject);
    case JobKind::ExportPaths:
        return JobText::tr("Wrote the folders for ComfyUI", "job that is done");
    case JobKind::Preload:
        return JobText::tr("Preloaded %1", "job that is done, model or plan").arg(job.subject);
    case JobKind::Optimize:
        return JobText::tr("Tidied up the memory", "job that is done");
    case JobKind::Attach:
        return JobText::tr("Lent %1 to another program", "job that is done, model").arg(job.subject);
    case JobKind::Share:
        return JobText::tr("Shared %1", "job that is done, model").arg(job.subject);
    case JobKind::ReturnLease:
        return JobText::tr("Took back what another program used", "job that is done");
    case JobKind::Benchmark:
        return JobText::tr("Measured %1", "job that is done, model or number of models").arg(job.subject);
    case JobKind::Other:
        break;
    }
    return job.subject;
}

QString amountText(const JobView& job)
{
    if (job.total == 0)
        return {};
    if (job.kind == JobKind::Scan)
        return JobText::tr("%1 of %2 files", "progress").arg(countText(job.done), countText(job.total));
    if (job.kind == JobKind::Benchmark)
        return JobText::tr("%1 of %2 steps", "progress").arg(countText(job.done), countText(job.total));
    return JobText::tr("%1 of %2", "progress in bytes").arg(bytesText(job.done), bytesText(job.total));
}

QString remainingText(const JobView& job)
{
    return job.remaining ? JobText::tr("%1 left", "a duration").arg(durationText(*job.remaining)) : QString();
}

QString joined(QStringList parts)
{
    parts.removeAll(QString());
    return parts.join(QStringLiteral(" \u00B7 "));
}

QString runningDetail(const JobView& job)
{
    const bool movesNoBytes = job.kind == JobKind::Scan || job.kind == JobKind::Benchmark;
    const QString rate = movesNoBytes ? QString() : rateText(job.perSecond);
    const QString parts = joined({amountText(job), rate, remainingText(job)});
    return parts.isEmpty() ? phaseText(job.phase) : parts;
}

/// Rates of jobs that moved bytes; what only gives back has none.
QString meanRateText(const JobView& job)
{
    const bool hasMoved = job.kind == JobKind::Load || job.kind == JobKind::Cache;
    if (!hasMoved || job.elapsed.count() <= 0)
        return {};
    return rateText(static_cast<double>(job.resultBytes) / job.elapsed.count());
}

QString succeededDetail(const JobView& job)
{
    const QString time = durationText(job.elapsed);
    if (job.kind == JobKind::Scan)
        return joined({JobText::tr("%n files", "done", static_cast<int>(job.done)), time});
    const bool movesNothing =
        job.kind == JobKind::Delete || job.kind == JobKind::Restore || job.kind == JobKind::Benchmark;
    if (job.resultBytes == 0 || movesNothing)
        return time;
    if (job.kind == JobKind::Optimize)
        return joined({JobText::tr("%1 given back", "size").arg(bytesText(job.resultBytes)), time});
    return joined({bytesText(job.resultBytes), time, meanRateText(job), job.recovered});
}

} // namespace

QString jobTitle(const JobView& job)
{
    switch (job.state) {
    case JobState::Succeeded:
        return finishedTitle(job);
    case JobState::Failed:
        return JobText::tr("Failed: %1", "job, what it did").arg(unfinishedTitle(job));
    case JobState::Cancelled:
        return JobText::tr("Cancelled: %1", "job, what it did").arg(unfinishedTitle(job));
    case JobState::None:
    case JobState::Queued:
    case JobState::Running:
        break;
    }
    return unfinishedTitle(job);
}

QString jobDetail(const JobView& job)
{
    switch (job.state) {
    case JobState::None:
        return {};
    case JobState::Queued:
        return JobText::tr("Waiting", "state of a job");
    case JobState::Running:
        return runningDetail(job);
    case JobState::Succeeded:
        return succeededDetail(job);
    case JobState::Failed:
    case JobState::Cancelled:
        return job.error ? job.error->sentence : QString();
    }
    return {};
}

QString phaseText(JobPhase phase)
{
    switch (phase) {
    case JobPhase::None:
        return {};
    case JobPhase::Scanning:
        return JobText::tr("Looking for models", "phase of a job");
    case JobPhase::Planning:
        return JobText::tr("Planning", "phase of a job");
    case JobPhase::TakingMemory:
        return JobText::tr("Taking memory", "phase of a job");
    case JobPhase::Reading:
        return JobText::tr("Reading from disk", "phase of a job");
    case JobPhase::Copying:
        return JobText::tr("Copying to the device", "phase of a job");
    case JobPhase::Verifying:
        return JobText::tr("Verifying", "phase of a job");
    case JobPhase::Committing:
        return JobText::tr("Finishing", "phase of a job");
    case JobPhase::Writing:
        return JobText::tr("Writing", "phase of a job");
    case JobPhase::Recovering:
        return JobText::tr("Making room to try once more", "phase of a job");
    }
    return {};
}

} // namespace weightroom::ui
