// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/jobs/job_operations.h"

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/jobs/job_json.h"
#include "model_engine/operations/operation.h"

#include <algorithm>
#include <string>
#include <vector>

namespace weightroom::engine {
namespace {

Json getJobs(const EngineServices& services)
{
    Json rows = Json::array();
    for (const JobSnapshotPtr& job : services.jobs())
        rows.push_back(toJson(*job));
    return {{"jobs", std::move(rows)}};
}

/// In the list too, this one has what is kept of its answer besides.
Result<Json> getJob(const EngineServices& services, const Arguments& arguments)
{
    const JobId wanted{static_cast<std::uint64_t>(arguments.integer("job_id", 0))};
    const auto jobs = services.jobs();
    const auto job = std::ranges::find(jobs, wanted, &JobSnapshot::id);
    if (job == jobs.end())
        return fail(ErrorCode::JobNotFound, "there is no job " + std::to_string(wanted.number) + ", or none any more");
    Json row = toJson(**job);
    row["answer"] = (*job)->state == JobState::Succeeded ? (*job)->result : Json(nullptr);
    return row;
}

/// What is kept of an answer has the form of its operation's answer.
std::vector<std::string> dataKeysOfAnswers(const OperationRegistry& registry)
{
    std::vector<std::string> keys;
    for (const OperationSpec& spec : registry.all()) {
        for (const std::string& path : spec.dataKeys)
            keys.push_back("answer." + path);
    }
    return keys;
}

FieldSpec jobField()
{
    return {.name = "job_id",
        .type = FieldType::Integer,
        .presence = Presence::Required,
        .help = "The job, as job.get_jobs numbers it.",
        .minimum = 1};
}

Result<Json> postJobCancel(const EngineServices& services, const Arguments& arguments)
{
    const JobId job{static_cast<std::uint64_t>(arguments.integer("job_id", 0))};
    if (auto cancelled = services.cancelJob(job); !cancelled)
        return fail(std::move(cancelled).error());
    return Json{{"job_id", job.number}};
}

} // namespace

void addJobOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add({
        .family = "job",
        .name = "get_jobs",
        .summary = "The jobs that wait or run, and the last that have ended.",
        .fields = {},
        .errors = {},
        .answer = "jobs, the oldest first, each with job_id, operation, what it is about, state, phase and progress",
        .handler = [&services](const Arguments&, JobContext*) -> Result<Json> { return getJobs(services); },
    });
    registry.add({
        .family = "job",
        .name = "get_job",
        .summary = "One job that waits or runs, or one of the last that have ended.",
        .fields = {jobField()},
        .errors = {ErrorCode::JobNotFound},
        .answer = "what job.get_jobs says of each, and answer: what is short of the answer of a job that has "
                  "succeeded, which in full goes to who asked for the job; else null",
        .dataKeys = dataKeysOfAnswers(registry),
        .handler = [&services](const Arguments& arguments, JobContext*) { return getJob(services, arguments); },
    });
    registry.add({
        .family = "job",
        .name = "post_job_cancel",
        .summary = "Cancels a job. It ends as soon as everything is rolled back, which this does not wait for.",
        .fields = {jobField()},
        .errors = {ErrorCode::JobNotFound},
        .answer = "job_id",
        .handler = [&services](const Arguments& arguments, JobContext*) { return postJobCancel(services, arguments); },
    });
}

} // namespace weightroom::engine
