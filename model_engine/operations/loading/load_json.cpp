// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/load_json.h"

#include "model_engine/memory/contents/weights_sharing.h"
#include "model_engine/operations/loading/precision_wish.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

Json timesJson(const LoadTimes& times, const LoadRequest& request)
{
    Json row{
        {"total_seconds", times.total.count()},
        {"planning_seconds", times.planning.count()},
        {"allocating_seconds", times.allocating.count()},
        {"disk_seconds", times.reading.count()},
    };
    if (request.lane) {
        row["copy_seconds"] = times.copying.count();
        row["convert_seconds"] = times.converting.count();
    }
    if (request.verification == Verification::ReadBack)
        row["verify_seconds"] = times.verifying.count();
    row["sharing_seconds"] = times.sharing.count();
    return row;
}

/// What the loaded (or, without a device, cached) components hold, and what of it others hold too.
void addSharing(Json& answer, const LoadRequest& request, const LoadOutcome& outcome)
{
    FreedBytes held;
    Bytes size;
    const auto add = [&](const auto& component) {
        held.add(component->weights);
        size += component->weights.size;
    };
    if (request.lane) {
        std::ranges::for_each(outcome.loaded, add);
        answer["total_vram_bytes"] = size.value;
        answer["bytes_copied"] = outcome.bytesCopied.value;
        answer["cache_saved_bytes"] = outcome.savedInCache.value;
    } else {
        std::ranges::for_each(outcome.cached, add);
    }
    answer["shared_bytes"] = held.kept().value;
    answer["saved_bytes"] = (request.lane ? outcome.savedOnDevice : outcome.savedInCache).value;
}

Json conversionOf(const ComponentId& id, const LoadOutcome& outcome)
{
    const auto conversion = std::ranges::find(outcome.conversions, id, &ComponentConversion::id);
    return conversion == outcome.conversions.end() ? Json() : toJson(*conversion);
}

Json optimizationsJson(const LoadOutcome& outcome)
{
    Json words = Json::array();
    if (outcome.savedOnDevice + outcome.savedInCache > Bytes{})
        words.push_back("sharing");
    if (!outcome.conversions.empty())
        words.push_back("precision");
    return words;
}

Json componentsJson(const LoadOutcome& outcome)
{
    Json rows = Json::array();
    for (const CachedComponentPtr& component : outcome.cached) {
        const auto onDevice =
            std::ranges::find_if(outcome.loaded, [&](const auto& loaded) { return loaded->key == component->key; });
        Json row{
            {"component_id", component->key.component.text},
            {"size_bytes", component->weights.size.value},
            {"tensor_count", component->weights.tensors.size()},
            {"was_cached", outcome.fromCache.contains(component->key.component)},
        };
        if (onDevice != outcome.loaded.end()) {
            row["vram_bytes"] = (*onDevice)->weights.size.value;
            row["conversion"] = conversionOf(component->key.component, outcome);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace

Json recoveryJson(const LoadRecoveryReport& report)
{
    return {{"failed_with", toJson(report.failure)}, {"steps", toJson(report.steps)}};
}

Json loadJson(const LoadRequest& request, const LoadOutcome& outcome)
{
    Json answer{{"model_id", request.model->id.text}};
    if (request.lane)
        answer["device_id"] = request.lane->device().description().id.text;
    answer["components"] = componentsJson(outcome);
    answer["already_loaded_component_ids"] = Json::array();
    for (const ComponentId& id : outcome.present)
        answer["already_loaded_component_ids"].push_back(id.text);
    addSharing(answer, request, outcome);
    answer["bytes_read"] = outcome.bytesRead.value;
    answer["read_from"] = {
        {"page_cache_bytes", outcome.readStatistics.fromPageCache.value},
        {"disk_direct_bytes", outcome.readStatistics.direct.value},
        {"disk_buffered_bytes", outcome.readStatistics.buffered.value},
    };
    answer["loading_time"] = timesJson(outcome.times, request);
    answer["evicted_cache_bytes"] = outcome.evicted.value;
    answer["is_verified"] = request.verification == Verification::ReadBack;
    answer["optimization_applied"] = optimizationsJson(outcome);
    if (request.lane) {
        answer["optimization_level"] = toText(request.precision.level);
        answer["precision"] = toText(request.precision.precision);
    }
    return answer;
}

} // namespace weightroom::engine
