// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/model_json.h"

#include "model_engine/catalog/layouts/findings.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// "unknown" is an answer for kinds; an absent variant is null, so that nobody mistakes it for one.
Json textOrNull(std::string_view text) { return text.empty() ? Json(nullptr) : Json(toValidUtf8(text)); }

Json componentsJson(const ModelState& model)
{
    Json rows = Json::array();
    for (const ComponentRecord& component : model.record->identified.components) {
        rows.push_back({
            {"component_id", component.id.text},
            {"kind", toText(component.kind)},
            {"tensor_count", component.tensorCount},
            {"size_bytes", component.size.value},
        });
    }
    return rows;
}

Json evidenceJson(const Identification& identified)
{
    Json rows = Json::array();
    for (const Evidence& evidence : identified.evidence)
        rows.push_back(
            {{"rule", evidence.rule}, {"key", toValidUtf8(evidence.key)}, {"shape", toValidUtf8(evidence.shape)}});
    return rows;
}

/// What is said of a file that was read: never an error, which a file is that cannot be used.
struct ProblemText {
    ModelProblem problem;
    Severity severity;
    std::string_view message;
};

constexpr std::array kProblemTexts{
    ProblemText{ModelProblem::UnknownArchitecture, Severity::Warning, "no rule recognises its tensors"},
    ProblemText{ModelProblem::Llm, Severity::Info, "a language model, not an image model"},
    ProblemText{ModelProblem::VideoModel, Severity::Info, "a model for videos, not an image model"},
    ProblemText{ModelProblem::AudioModel, Severity::Info, "a model for sound, not an image model"},
    ProblemText{ModelProblem::ShapeModel, Severity::Info, "a model for 3D shapes, not an image model"},
    ProblemText{ModelProblem::NoImagePipeline, Severity::Info, "known, and not loadable as an image pipeline"},
    ProblemText{ModelProblem::MissingTensors, Severity::Warning, "tensors are missing that its architecture has"},
};
static_assert(kProblemTexts.size() == static_cast<std::size_t>(kLastModelProblem)); // all but None

Json problemJson(ModelProblem problem)
{
    const auto text = std::ranges::find(kProblemTexts, problem, &ProblemText::problem);
    const bool isKnown = text != kProblemTexts.end();
    return {
        {"problem", toText(problem)},
        {"code", toText(problem)},
        {"severity", toText(isKnown ? text->severity : Severity::Warning)},
        {"message", isKnown ? text->message : toText(problem)},
    };
}

template <class Problem>
void appendWords(std::string& text, Problem last)
{
    for (std::uint8_t value = 1; value <= static_cast<std::uint8_t>(last); ++value)
        text.append(value > 1 ? ", " : "").append(toText(static_cast<Problem>(value)));
}

/// What keeps the model from being used comes first.
Json problemsJson(const ModelRecord& record)
{
    Json problems = Json::array();
    if (record.problem) {
        Json& row = problems.emplace_back(Json{{"problem", toText(defectOf(*record.problem))}});
        row.update(toJson(*record.problem));
    }
    for (const ModelProblem problem : record.identified.problems)
        problems.push_back(problemJson(problem));
    return problems;
}

Json findingsJson(const ModelState& model)
{
    Json rows = Json::array();
    for (const Finding& finding : findingsOf(*model.record))
        rows.push_back({{"finding", toText(finding.kind)}, {"detail", toValidUtf8(finding.detail)}});
    for (const ModelId& other : model.lookAlikes) {
        rows.push_back({{"finding", toText(FindingKind::Duplicate)},
            {"detail", "its tensors have the names, types and shapes of those of '" + other.text + "'"},
            {"model_id", other.text}});
    }
    return rows;
}

Json layoutJson(const Placement& placement)
{
    return placement.layout == LibraryLayout::None ? Json(nullptr) : Json(toText(placement.layout));
}

Json candidatesJson(const Identification& identified)
{
    Json rows = Json::array();
    for (const Architecture candidate : identified.candidates)
        rows.push_back(toText(candidate));
    return rows;
}

Json predictionJson(PredictionType prediction)
{
    return prediction == PredictionType::Unknown ? Json(nullptr) : Json(toText(prediction));
}

Json idsJson(const std::vector<ComponentId>& ids)
{
    Json rows = Json::array();
    for (const ComponentId& id : ids)
        rows.push_back(id.text);
    return rows;
}

Json placesJson(const ModelState& model)
{
    Json rows = Json::array();
    for (const ModelState::OnDevice& on : model.devices) {
        rows.push_back({
            {"device_id", on.device.text},
            {"state", on.residency == Residency::Loaded ? "loaded" : "loading"},
            {"component_ids", idsJson(on.components)},
            {"vram_bytes", on.size.value},
            {"expires_at", on.expiresAt ? Json(toIsoText(*on.expiresAt, IsoPrecision::Seconds)) : Json()},
        });
    }
    return rows;
}

Json ownersJson(const std::vector<ComponentPlacement>& owners)
{
    Json rows = Json::array();
    for (const ComponentPlacement& owner : owners)
        rows.push_back({{"model_id", owner.key.model.text}, {"component_id", owner.key.component.text},
            {"size_bytes", owner.size.value}, {"exclusive_bytes", owner.exclusive.value},
            {"is_only_leased", owner.isOnlyLeased}});
    return rows;
}

Json identityJson(const EffectiveIdentity& identity)
{
    return {
        {"model_type", toText(identity.kind)},
        {"architecture", toText(identity.architecture)},
        {"prediction_type", predictionJson(identity.prediction)},
    };
}

/// What the user says beside the detection; null where they say nothing.
Json overrideJson(const ModelState& model)
{
    if (!model.settings)
        return nullptr;
    Json fields = toJson(*model.settings);
    for (const char* other : {"tags", "notes", "is_favorite", "is_pinned", "keep_alive_seconds", "preferred_precision"})
        fields.erase(other);
    const bool isEmpty = std::ranges::all_of(fields, [](const Json& value) { return value.is_null(); });
    return isEmpty ? Json(nullptr) : fields;
}

} // namespace

Json namesJson(const TensorNameList& list)
{
    Json names = Json::array();
    for (const std::string& name : list.names)
        names.push_back(toValidUtf8(name));
    return {{"count", list.count}, {"names", std::move(names)}};
}

Json variantsJson(const ModelRecord& record)
{
    Json components = Json::array();
    for (const ComponentVariants& component : record.variants) {
        Json sets = Json::array();
        for (std::size_t i = 0; i < component.sets.size(); ++i) {
            const ComponentVariants::Set& set = component.sets[i];
            sets.push_back({{"variant", textOrNull(set.variant)}, {"file", toValidUtf8(set.file)},
                {"is_taken", i == component.taken}});
        }
        components.push_back({{"component", toValidUtf8(component.component)}, {"variants", std::move(sets)}});
    }
    return components;
}

Json kindsJson(const std::vector<ModelKind>& kinds)
{
    Json rows = Json::array();
    for (const ModelKind kind : kinds)
        rows.push_back(toText(kind));
    return rows;
}

Json folderProblemsJson(const std::vector<FolderProblem>& problems)
{
    Json rows = Json::array();
    for (const FolderProblem& problem : problems)
        rows.push_back({{"path", toValidUtf8(problem.path.string())}, {"error", toJson(problem.error)}});
    return rows;
}

std::string problemsHelp()
{
    std::string text = "Each model has its problems, each with its word (problem), code, severity and message. Of "
                       "files that cannot be read: ";
    appendWords(text, kLastFileDefect);
    text += ". Of files that were read: ";
    appendWords(text, kLastModelProblem);
    return text;
}

Json modelJson(const ModelState& model)
{
    const ModelRecord& record = *model.record;
    const Identification& identified = record.identified;
    const EffectiveIdentity identity = model.identity();
    return {
        {"model_id", record.id.text},
        {"name", toValidUtf8(record.name)},
        {"path", toValidUtf8(record.path.string())},
        {"format", toText(record.format)},
        {"model_type", toText(identity.kind)},
        {"architecture", toText(identity.architecture)},
        {"architecture_candidates", candidatesJson(identified)},
        {"variant", textOrNull(identified.variant)},
        {"base_variant", textOrNull(identified.baseVariant)},
        {"prediction_type", predictionJson(identity.prediction)},
        {"detected", identityJson(effectiveIdentity(identified, nullptr))},
        {"override", overrideJson(model)},
        {"precision", toText(identified.precision)},
        {"quantization", textOrNull(identified.quantization)},
        {"rank", identified.rank ? Json(*identified.rank) : Json(nullptr)},
        {"parameters", identified.parameters},
        {"tensor_count", identified.tensorCount},
        {"size_bytes", record.fileSize().value},
        {"content_key", textOrNull(record.contentKey.text)},
        {"components", componentsJson(model)},
        {"confidence", identified.confidence},
        {"evidence", evidenceJson(identified)},
        {"problems", problemsJson(record)},
        {"layout", layoutJson(record.placement)},
        {"expected_types", kindsJson(record.placement.expectedKinds)},
        {"findings", findingsJson(model)},
        {"missing_tensors", namesJson(identified.missing)},
        {"extra_tensors", namesJson(identified.extra)},
        {"tags", model.settings ? Json(model.settings->tags) : Json::array()},
        {"is_favorite", model.settings && model.settings->isFavorite},
        {"is_cached", model.isCached()},
        {"is_loaded", model.isLoaded()},
        {"cached_component_ids", idsJson(model.cached)},
        {"devices", placesJson(model)},
    };
}

Json deviceJson(const DeviceState& device)
{
    const ArenaStatistics& memory = device.memory.ours;
    Json row{
        {"device_id", device.description.id.text},
        {"kind", toText(device.description.kind)},
        {"name", device.description.name},
        {"uuid", device.description.uuid.empty() ? Json() : Json(device.description.uuid)},
        {"is_lost", device.lost.has_value()},
        {"capacity_bytes", memory.capacity.value},
        {"held_bytes", memory.held.value},
        {"free_bytes", device.freeBytes().value},
        {"loaded_bytes", device.ownedBytes().value},
        {"shared_bytes", device.sharedBytes.value},
        {"saved_bytes", device.savedBytes.value},
        {"loading_bytes", device.loadingBytes().value},
        {"overhead_bytes", device.overhead.value},
        {"ready_bytes", device.ready.value},
        {"owners", ownersJson(device.owners)},
    };
    // What the driver does not report is absent, never 0.
    if (device.memory.driverTotal)
        row["driver_total_bytes"] = device.memory.driverTotal->value;
    if (device.memory.driverFree)
        row["driver_free_bytes"] = device.memory.driverFree->value;
    return row;
}

Json cacheJson(const CacheState& cache)
{
    return {
        {"budget_bytes", cache.memory.capacity.value},
        {"held_bytes", cache.memory.held.value},
        {"cached_bytes", cache.ownedBytes().value},
        {"shared_bytes", cache.sharedBytes.value},
        {"saved_bytes", cache.savedBytes.value},
        {"loading_bytes", cache.loadingBytes().value},
        {"overhead_bytes", cache.overhead.value},
        {"ready_bytes", cache.ready.value},
        {"hits", cache.hits},
        {"misses", cache.misses},
        {"evictions", cache.evictions},
        {"owners", ownersJson(cache.owners)},
    };
}

Json scanJson(const ScanStatistics& statistics)
{
    return {
        {"folders", statistics.folders},
        {"files", statistics.files},
        {"files_read", statistics.filesRead},
        {"errors", statistics.errors},
        {"size_bytes", statistics.bytes.value},
        {"elapsed_seconds", statistics.elapsed.count()},
        {"finished_at", toIsoText(statistics.finishedAt, IsoPrecision::Seconds)},
    };
}

} // namespace weightroom::engine
