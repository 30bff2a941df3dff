// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/jobs/job_description.h"

namespace weightroom::engine {

std::function<JobDescription(const Arguments&)> describeModelJob(
    EngineServices& services, std::string operation, JobWeight weight)
{
    return [&services, operation = std::move(operation), weight](const Arguments& arguments) {
        JobDescription description{.operation = operation,
            .modelId = ModelId{arguments.text("model_id")},
            .deviceId = DeviceId{arguments.text("device_id")},
            .subject = {},
            .weight = weight};
        const EngineSnapshotPtr now = services.snapshot();
        if (const auto model = findModel(*now, description.modelId))
            description.subject = (*model)->record->name;
        return description;
    };
}

} // namespace weightroom::engine
