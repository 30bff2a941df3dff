// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/compatibility_operations.h"

#include "model_engine/catalog/compatibility/memory_needs.h"
#include "model_engine/catalog/compatibility/model_needs.h"
#include "model_engine/core/utf8.h"
#include "model_engine/operations/jobs/job_description.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

namespace weightroom::engine {
namespace {

/// What a model is taken for: what was detected, with what the user says in its place.
class TakenFor {
public:
    explicit TakenFor(const ModelState& model)
        : m_detected(model.record->identified)
    {
        if (!model.settings)
            return;
        m_overridden = m_detected;
        const EffectiveIdentity identity = model.identity();
        m_overridden->kind = identity.kind;
        m_overridden->prediction = identity.prediction;
        m_overridden->architecture = identity.architecture;
        // What the structure left open is open no more.
        if (model.settings->architecture)
            m_overridden->candidates.clear();
    }
    [[nodiscard]] const Identification& get() const { return m_overridden ? *m_overridden : m_detected; }

private:
    const Identification& m_detected;
    std::optional<Identification> m_overridden;
};

/// Another model of the catalogue, and how it goes with the one that was asked about.
struct Match {
    const ModelRecord* record;
    ModelKind kind;
    Compatibility fit;
};

Json matchJson(const Match& match)
{
    return {
        {"model_id", match.record->id.text},
        {"name", toValidUtf8(match.record->name)},
        {"model_type", toText(match.kind)},
        {"verdict", toText(match.fit.verdict)},
        {"reason", toText(match.fit.reason)},
        {"detail", match.fit.detail},
    };
}

/// By kind, then the better ones first, then by name.
void sortMatches(std::vector<Match>& matches)
{
    std::ranges::sort(matches, [](const Match& a, const Match& b) {
        return std::tuple{a.kind, b.fit.verdict, std::string_view{a.record->name}, a.record->id.text}
        < std::tuple{b.kind, a.fit.verdict, std::string_view{b.record->name}, b.record->id.text};
    });
}

Json matchesJson(std::vector<Match> matches)
{
    sortMatches(matches);
    Json rows = Json::array();
    for (const Match& match : matches)
        rows.push_back(matchJson(match));
    return rows;
}

/// The other models for which `compare`, called with what they are taken for, says anything.
template <class Compare>
std::vector<Match> matchesOf(const ModelRecord& model, const EngineSnapshot& now, Compare compare)
{
    std::vector<Match> matches;
    for (const ModelState& other : now.models) {
        if (other.record->id == model.id || !other.record->isUsable())
            continue;
        const TakenFor taken{other};
        if (auto fit = compare(taken.get()))
            matches.push_back({other.record.get(), taken.get().kind, std::move(*fit)});
    }
    return matches;
}

/// What is asked for of the matches, and how many there are of each verdict.
Json worksWithJson(const std::vector<Match>& matches, const std::vector<std::string>& verdicts)
{
    std::vector<Match> wanted;
    for (const Match& match : matches) {
        const bool isNamed = std::ranges::find(verdicts, toText(match.fit.verdict)) != verdicts.end();
        if (verdicts.empty() ? match.fit.verdict != Verdict::Incompatible : isNamed)
            wanted.push_back(match);
    }
    return matchesJson(std::move(wanted));
}

Json countsJson(const std::vector<Match>& matches)
{
    Json counts;
    for (const Verdict verdict : {Verdict::Compatible, Verdict::Perhaps, Verdict::Incompatible})
        counts[std::string{toText(verdict)}] =
            std::ranges::count(matches, verdict, [](const Match& match) { return match.fit.verdict; });
    return counts;
}

Json needJson(const ModelNeed& need, const ModelRecord& model, const Identification& taken, const EngineSnapshot& now)
{
    std::vector<Match> candidates =
        matchesOf(model, now, [&](const Identification& other) { return fulfils(other, need, taken); });
    Json architectures = Json::array();
    for (const Architecture architecture : need.architectures)
        architectures.push_back(toText(architecture));
    return {
        {"model_type", toText(need.kind)},
        {"architectures", std::move(architectures)},
        {"variant", need.variant.empty() ? Json(nullptr) : Json(need.variant)},
        {"is_optional", need.isOptional},
        {"is_available", !candidates.empty()},
        {"candidates", matchesJson(std::move(candidates))},
    };
}

/// What is free for us: never more than the driver has.
Bytes freeOn(const DeviceState& device)
{
    const Bytes ours = device.freeBytes();
    return device.memory.driverFree ? std::min(ours, *device.memory.driverFree) : ours;
}

Json devicesJson(const ModelRecord& model, const EngineSnapshot& now)
{
    Json rows = Json::array();
    for (const DeviceState& device : now.devices) {
        for (const MemoryNeed& need : memoryNeedsOf(model.identified)) {
            const bool isUsable = !device.lost && model.isUsable();
            rows.push_back({
                {"device_id", device.description.id.text},
                {"precision", need.precision == Dtype::Unknown ? std::string_view{"stored"} : toText(need.precision)},
                {"needed_bytes", need.size.value},
                {"is_estimate", need.isEstimate},
                {"fits", isUsable && need.size <= freeOn(device)},
                {"fits_when_empty", isUsable && need.size <= device.memory.ours.capacity},
                {"free_bytes", freeOn(device).value},
                {"capacity_bytes", device.memory.ours.capacity.value},
            });
        }
    }
    return rows;
}

Result<Json> getModelCompatibility(const EngineServices& services, const Arguments& arguments)
{
    const EngineSnapshotPtr now = services.snapshot();
    const auto state = findModel(*now, ModelId{arguments.text("model_id")});
    if (!state)
        return fail(state.error());
    const ModelRecord& model = *(*state)->record;
    const TakenFor taken{**state};
    std::vector<Match> matches;
    Json needs = Json::array();
    if (model.isUsable()) {
        matches =
            matchesOf(model, *now, [&](const Identification& other) { return compatibilityOf(taken.get(), other); });
        for (const ModelNeed& need : missingNeedsOf(taken.get()))
            needs.push_back(needJson(need, model, taken.get(), *now));
    }
    return Json{
        {"model_id", model.id.text},
        {"works_with", worksWithJson(matches, arguments.texts("verdicts"))},
        {"counts", countsJson(matches)},
        {"needs", std::move(needs)},
        {"devices", devicesJson(model, *now)},
    };
}

} // namespace

void addCompatibilityOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add({
        .family = "model",
        .name = "get_model_compatibility",
        .summary = "What a model works with, what it needs beside itself, and on which device it fits.",
        .duration = Duration::Long,
        .fields = {{.name = "model_id",
                       .type = FieldType::Text,
                       .presence = Presence::Required,
                       .help = "The id of the model, as get_available_models gives it."},
            {.name = "verdicts",
                .type = FieldType::TextList,
                .help = "Which verdicts works_with is to hold; left out: compatible and perhaps.",
                .minimum = 1,
                .maximum = 3,
                .allowed = {"compatible", "perhaps", "incompatible"}}},
        .errors = {ErrorCode::ModelNotFound},
        .answer =
            "model_id; works_with (model_id, name, model_type, verdict, reason and detail of each other model, by "
            "type); counts by verdict; needs (model_type, architectures, variant, is_optional, is_available and "
            "candidates of the library); devices (device_id, precision, needed_bytes, is_estimate, fits, "
            "fits_when_empty, free_bytes, capacity_bytes)",
        .describe = describeModelJob(services, "get_model_compatibility", JobWeight::Light),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return getModelCompatibility(services, arguments); },
    });
}

} // namespace weightroom::engine
