// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/model_config_operations.h"

#include "model_engine/operations/jobs/job_description.h"
#include "model_engine/operations/loading/precision_wish.h"
#include "model_engine/operations/models/weights_variant.h"

#include <memory>
#include <mutex>
#include <optional>

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

/// What is said about the model. Errors: Unsupported, when a later version said it: what cannot be read is neither
/// shown as nothing nor written over.
Result<ModelSettings> readableSettings(EngineServices& services, const ModelId& model)
{
    // What could not be read at all must not be written over either.
    if (auto loaded = loadModelSettings(services); !loaded)
        return fail(std::move(loaded).error());
    return services.executor.invoke([&]() -> Result<ModelSettings> {
        if (services.tables.settingsOfLaterVersion.contains(model)) {
            return fail(ErrorCode::Unsupported,
                "the settings of '" + model.text
                    + "' were written by a later version of Weightroom; they are left as they are, and can be changed "
                      "with that version",
                {.modelId = model});
        }
        return settingsOf(services.tables, model);
    });
}

Result<Json> getModelConfig(EngineServices& services, const Arguments& arguments)
{
    const ModelId model{arguments.text("model_id")};
    if (auto known = expectModel(services, model); !known)
        return fail(std::move(known).error());
    const auto settings = readableSettings(services, model);
    if (!settings)
        return fail(settings.error());
    return answerFrom(model, *settings);
}

/// Nothing where the variant of the weights stays.
Result<std::optional<VariantChange>> variantChange(
    EngineServices& services, const ModelId& model, const ModelSettings& before, const ModelSettings& after)
{
    if (before.weightsVariant == after.weightsVariant)
        return std::optional<VariantChange>{};
    auto change = VariantChange::prepare(services, model, after.weightsVariant);
    if (!change)
        return fail(std::move(change).error());
    return std::optional<VariantChange>{std::move(*change)};
}

/// `oneAtATime`: a change is made from the settings before it, so two must not overlap. Only threads of jobs wait for
/// it, and never the engine thread.
Result<Json> postModelConfigUpdate(EngineServices& services, const Arguments& arguments, std::mutex& oneAtATime)
{
    const std::lock_guard lock{oneAtATime};
    const ModelId model{arguments.text("model_id")};
    if (auto known = expectModel(services, model); !known)
        return fail(std::move(known).error());
    const auto before = readableSettings(services, model);
    if (!before)
        return fail(before.error());
    Json changes = arguments.values();
    changes.erase("model_id");
    auto after = changedSettings(*before, changes);
    if (!after)
        return fail(std::move(after).error());
    auto variant = variantChange(services, model, *before, *after);
    if (!variant)
        return fail(std::move(variant).error());
    // Written first: what could not be kept is not taken on either.
    if (auto saved = save(services, model, *after); !saved)
        return fail(std::move(saved).error());
    services.executor.invoke([&] {
        if (*variant)
            (*variant)->takeOn();
        takeOn(services, model, *after);
    });
    if (*variant)
        keepCatalog(services);
    return answerFrom(model, *after);
}

constexpr std::string_view kAnswer =
    "model_id, tags, notes, is_favorite, is_pinned, keep_alive_seconds, preferred_precision, and the overrides "
    "model_type, architecture, "
    "prediction_type, weights_variant or "
    "null";

std::vector<ErrorCode> storeErrors()
{
    return {ErrorCode::ModelNotFound, ErrorCode::PermissionDenied, ErrorCode::IoError, ErrorCode::DiskFull,
        ErrorCode::FileInUse, ErrorCode::Unsupported};
}

std::vector<ErrorCode> updateErrors()
{
    std::vector<ErrorCode> errors = storeErrors();
    errors.insert(errors.end(), {ErrorCode::Busy, ErrorCode::ModelInUse});
    return errors;
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
                {.name = "notes",
                    .type = FieldType::Text,
                    .help = "The notes, in place of those before; an empty text: none.",
                    .clearing = Clearing::Yes},
                {.name = "is_favorite", .type = FieldType::Boolean, .help = "Whether it is one of the favourites."},
                {.name = "is_pinned",
                    .type = FieldType::Boolean,
                    .help = "Whether what is cached of it stays in the RAM cache when others need room; it goes when "
                            "somebody drops it."},
                {.name = "keep_alive_seconds",
                    .type = FieldType::Integer,
                    .help = "How long it stays on a device after a load that does not say so itself; -1: until "
                            "somebody unloads it.",
                    .minimum = kKeepForEver.count(),
                    .maximum = kLongestKeepAlive.count()},
                {.name = "model_type",
                    .type = FieldType::Text,
                    .help = "What the model is, whatever was detected; \"detected\" takes that back."},
                {.name = "architecture",
                    .type = FieldType::Text,
                    .help = "Its architecture, whatever was detected; \"detected\" takes that back."},
                {.name = "prediction_type",
                    .type = FieldType::Text,
                    .help = "What it predicts, whatever was detected; \"detected\" takes that back."},
                {.name = "preferred_precision",
                    .type = FieldType::Text,
                    .help = "What the model is loaded onto devices in, where the load is not asked for something else; "
                            "by_level: as the setting optimization_level says.",
                    .allowed = allowedWords(precisionWords())},
                {.name = "weights_variant",
                    .type = FieldType::Text,
                    .help =
                        "Which of the weights that lie side by side in a pipeline are used (fp16, non_ema, ...; see "
                        "the variants of get_model_components); components without it keep theirs; \"default\" "
                        "takes that back."},
            },
        .errors = updateErrors(),
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
    std::set<ModelId> ofLaterVersion;
    for (const auto& [model, document] : *documents) {
        if (auto settings = changedSettings({}, document)) {
            loaded.emplace(model, std::make_shared<const ModelSettings>(std::move(*settings)));
        } else {
            ofLaterVersion.insert(model);
            services.log.write(LogLevel::Warning,
                "The settings of '" + model.text + "' are left as they are: " + describe(settings.error()));
        }
    }
    services.executor.invoke([&] {
        if (std::exchange(services.tables.areModelSettingsLoaded, true))
            return;
        services.tables.modelSettings = std::move(loaded);
        services.tables.settingsOfLaterVersion = std::move(ofLaterVersion);
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
