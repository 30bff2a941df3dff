// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/requested_model.h"

#include "model_engine/catalog/scan/path_examination.h"
#include "model_engine/operations/jobs/job_description.h"

#include <algorithm>

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

namespace {

/// nullptr when nothing that is listed has this path.
const ModelState* stateAt(const std::filesystem::path& path, const EngineSnapshot& now)
{
    const auto known = std::ranges::find(
        now.models, path, [](const ModelState& state) -> const auto& { return state.record->path; });
    return known == now.models.end() ? nullptr : &*known;
}

/// What lies at a path, in the variant that is chosen for it, under the id that it is known by: that need not be the
/// one of its path.
ModelRecordPtr examineKnown(const std::filesystem::path& path, const EngineSnapshot& now)
{
    const std::filesystem::path folder = normalFolder(path);
    const ModelState* chosen = stateAt(folder, now);
    const std::string variant = chosen && chosen->settings ? chosen->settings->weightsVariant : std::string{};
    ModelRecordPtr model = examinePath(path, variant);
    const ModelState* known = stateAt(model->path, now);
    if (known == nullptr || known->record->id == model->id)
        return model;
    ModelRecord record = *model;
    record.id = known->record->id;
    return std::make_shared<const ModelRecord>(std::move(record));
}

} // namespace

Result<ModelRecordPtr> requestedModel(const EngineServices& services, const Arguments& arguments)
{
    if (arguments.has("path")) {
        if (arguments.has("model_id"))
            return fail(ErrorCode::InvalidValue, "a model_id and a path name two models", {.field = "path"});
        return examineKnown(arguments.text("path"), *services.snapshot());
    }
    if (!arguments.has("model_id"))
        return fail(ErrorCode::MissingField, "a model_id or a path is needed", {.field = "model_id"});
    const EngineSnapshotPtr now = services.snapshot();
    const auto model = findModel(*now, ModelId{arguments.text("model_id")});
    if (!model)
        return fail(model.error());
    return (*model)->record;
}

Result<ModelRecordPtr> requestedModelNow(const EngineServices& services, const Arguments& arguments)
{
    auto model = requestedModel(services, arguments);
    return model && arguments.has("model_id") ? examineKnown((*model)->path, *services.snapshot()) : model;
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
