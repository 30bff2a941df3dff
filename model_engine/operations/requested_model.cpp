// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/requested_model.h"

#include "model_engine/catalog/path_examination.h"
#include "model_engine/operations/job_description.h"

namespace weightroom::engine {

FieldSpec modelIdField()
{
    return {.name = "model_id",
        .type = FieldType::Text,
        .help = "The id of the model, as get_available_models gives it; left out: path names a file."};
}

FieldSpec modelPathField()
{
    return {.name = "path",
        .type = FieldType::Path,
        .help = "A model file or the folder of a diffusers pipeline, which need not be in the catalogue; left out: "
                "model_id names a model."};
}

Result<ModelRecordPtr> requestedModel(const EngineServices& services, const Arguments& arguments)
{
    if (arguments.has("path")) {
        if (arguments.has("model_id"))
            return fail(ErrorCode::InvalidValue, "a model_id and a path name two models", {.field = "path"});
        return examinePath(arguments.text("path"));
    }
    if (!arguments.has("model_id"))
        return fail(ErrorCode::MissingField, "a model_id or a path is needed", {.field = "model_id"});
    const EngineSnapshotPtr now = services.snapshot();
    const auto model = findModel(*now, ModelId{arguments.text("model_id")});
    if (!model)
        return fail(model.error());
    return (*model)->record;
}

std::function<JobDescription(const Arguments&)> describeRequestedModelJob(
    EngineServices& services, std::string operation, JobWeight weight)
{
    return [describe = describeModelJob(services, std::move(operation), weight)](const Arguments& arguments) {
        JobDescription description = describe(arguments);
        if (description.subject.empty())
            description.subject = arguments.text("path");
        return description;
    };
}

} // namespace weightroom::engine
