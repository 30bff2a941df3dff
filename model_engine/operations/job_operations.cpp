// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/job_operations.h"

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/job_json.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {
namespace {

Json getJobs(const EngineServices& services)
{
    Json rows = Json::array();
    for (const JobSnapshotPtr& job : services.jobs())
        rows.push_back(toJson(*job));
    return {{"jobs", std::move(rows)}};
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
        .name = "post_job_cancel",
        .summary = "Cancels a job. It ends as soon as everything is rolled back, which this does not wait for.",
        .fields = {{.name = "job_id",
            .type = FieldType::Integer,
            .presence = Presence::Required,
            .help = "The job, as job.get_jobs numbers it.",
            .minimum = 1}},
        .errors = {ErrorCode::JobNotFound},
        .answer = "job_id",
        .handler = [&services](const Arguments& arguments, JobContext*) { return postJobCancel(services, arguments); },
    });
}

} // namespace weightroom::engine
