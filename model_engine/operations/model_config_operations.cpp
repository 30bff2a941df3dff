// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/model_config_operations.h"

#include "model_engine/operations/job_description.h"

#include <memory>
#include <mutex>

namespace weightroom::engine {
namespace {

/// What is said about the model; empty when nothing is. On the engine thread.
ModelSettings settingsOf(const EngineTables& tables, const ModelId& model)
{
    const auto row = tables.modelSettings.find(model);
    return row == tables.modelSettings.end() ? ModelSettings{} : *row->second;
}

/// On the engine thread.
void takeOn(EngineServices& services, const ModelId& model, ModelSettings settings)
{
    if (settings.isEmpty())
        services.tables.modelSettings.erase(model);
    else
        services.tables.modelSettings[model] = std::make_shared<const ModelSettings>(std::move(settings));
    services.publish();
}

Result<> save(EngineServices& services, const ModelId& model, const ModelSettings& settings)
{
    return settings.isEmpty() ? services.store.deleteModelSettings(model)
                              : services.store.saveModelSettings(model, toJson(settings));
}

Json answerFrom(const ModelId& model, const ModelSettings& settings)
{
    Json answer{{"model_id", model.text}};
    answer.update(toJson(settings));
    return answer;
}

Result<> expectModel(const EngineServices& services, const ModelId& model)
{
    const EngineSnapshotPtr now = services.snapshot();
    if (auto found = findModel(*now, model); !found)
        return fail(std::move(found).error());
    return {};
}

Result<Json> getModelConfig(EngineServices& services, const Arguments& arguments)
{
    const ModelId model{arguments.text("model_id")};
    if (auto known = expectModel(services, model); !known)
        return fail(std::move(known).error());
    if (auto loaded = loadModelSettings(services); !loaded)
        return fail(std::move(loaded).error());
    return answerFrom(model, services.executor.invoke([&] { return settingsOf(services.tables, model); }));
}

/// `oneAtATime`: a change is made from the settings before it, so two must not overlap. Only threads of jobs wait for
/// it, and never the engine thread.
Result<Json> postModelConfigUpdate(EngineServices& services, const Arguments& arguments, std::mutex& oneAtATime)
{
    const std::lock_guard lock{oneAtATime};
    const ModelId model{arguments.text("model_id")};
    if (auto known = expectModel(services, model); !known)
        return fail(std::move(known).error());
    // What could not be read must not be written over.
    if (auto loaded = loadModelSettings(services); !loaded)
        return fail(std::move(loaded).error());
    Json changes = arguments.values();
    changes.erase("model_id");
    auto after = changedSettings(services.executor.invoke([&] { return settingsOf(services.tables, model); }), changes);
    if (!after)
        return fail(std::move(after).error());
    // Written first: what could not be kept is not taken on either.
    if (auto saved = save(services, model, *after); !saved)
        return fail(std::move(saved).error());
    services.executor.invoke([&] { takeOn(services, model, *after); });
    return answerFrom(model, *after);
}

constexpr std::string_view kAnswer =
    "model_id, tags, notes, is_favorite, and the overrides model_type, architecture, prediction_type or null";

std::vector<ErrorCode> storeErrors()
{
    return {ErrorCode::ModelNotFound, ErrorCode::PermissionDenied, ErrorCode::IoError, ErrorCode::DiskFull,
        ErrorCode::FileInUse, ErrorCode::Unsupported};
}

FieldSpec modelField()
{
    return {.name = "model_id",
        .type = FieldType::Text,
        .presence = Presence::Required,
        .help = "The model, as get_available_models gives it."};
}

OperationSpec getSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_model_config",
        .summary = "What the user says about a model: tags, notes, favourite, and what overrides the detection.",
        .duration = Duration::Long,
        .fields = {modelField()},
        .errors = storeErrors(),
        .answer = kAnswer,
        .describe = describeModelJob(services, "get_model_config", JobWeight::Light),
        .handler = [&services](const Arguments& arguments, JobContext*) { return getModelConfig(services, arguments); },
    };
}

OperationSpec updateSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_config_update",
        .summary =
            "Changes what the user says about a model, and keeps it for the next start; fields that are left out "
            "stay.",
        .duration = Duration::Long,
        .fields =
            {
                modelField(),
                {.name = "tags",
                    .type = FieldType::TextList,
                    .help = "All tags of the model, in place of those before; an empty list: none.",
                    .minimum = 0,
                    .maximum = static_cast<std::int64_t>(kMostTags)},
                {.name = "notes", .type = FieldType::Text, .help = "The notes, in place of those before."},
                {.name = "is_favorite", .type = FieldType::Boolean, .help = "Whether it is one of the favourites."},
                {.name = "model_type",
                    .type = FieldType::Text,
                    .help = "What the model is, whatever was detected; \"detected\" takes that back."},
                {.name = "architecture",
                    .type = FieldType::Text,
                    .help = "Its architecture, whatever was detected; \"detected\" takes that back."},
                {.name = "prediction_type",
                    .type = FieldType::Text,
                    .help = "What it predicts, whatever was detected; \"detected\" takes that back."},
            },
        .errors = storeErrors(),
        .answer = kAnswer,
        .describe = describeModelJob(services, "post_model_config_update", JobWeight::Light),
        .handler = [&services, oneAtATime = std::make_shared<std::mutex>()](const Arguments& arguments,
                       JobContext*) { return postModelConfigUpdate(services, arguments, *oneAtATime); },
    };
}

} // namespace

Result<> loadModelSettings(EngineServices& services)
{
    if (services.executor.invoke([&] { return services.tables.areModelSettingsLoaded; }))
        return {};
    const auto documents = services.store.loadModelSettings();
    if (!documents)
        return fail(documents.error());
    std::map<ModelId, ModelSettingsPtr> loaded;
    for (const auto& [model, document] : *documents) {
        // One that a later version wrote is left as it is, and not shown.
        if (auto settings = changedSettings({}, document))
            loaded.emplace(model, std::make_shared<const ModelSettings>(std::move(*settings)));
    }
    services.executor.invoke([&] {
        if (std::exchange(services.tables.areModelSettingsLoaded, true))
            return;
        services.tables.modelSettings = std::move(loaded);
        services.publish();
    });
    return {};
}

void addModelConfigOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(getSpec(services));
    registry.add(updateSpec(services));
}

} // namespace weightroom::engine
