// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/catalog_operations.h"

#include "model_engine/operations/models/metadata_json.h"
#include "model_engine/operations/models/model_json.h"

namespace weightroom::engine {
namespace {

Result<Json> getModel(const EngineServices& services, const Arguments& arguments)
{
    const EngineSnapshotPtr now = services.snapshot();
    auto model = findModel(*now, ModelId{arguments.text("model_id")});
    if (!model)
        return fail(std::move(model).error());
    const ModelRecord& record = *(*model)->record;
    Json answer = modelJson(**model);
    answer["known_hashes"] = knownHashesJson(record, hashesNow(record, (*model)->hashes.get()));
    return answer;
}

Json hashingJson(const std::optional<HashingProgress>& progress)
{
    if (!progress)
        return nullptr;
    return {{"files_done", progress->filesDone}, {"files_total", progress->filesTotal}};
}

Json systemMemoryJson(const std::optional<SystemMemoryState>& memory)
{
    if (!memory)
        return nullptr;
    return {
        {"total_bytes", memory->total.value},
        {"available_bytes", memory->available.value},
        {"reserve_bytes", memory->reserve.value},
        {"is_cache_limited", memory->isCacheLimited},
        {"given_back_bytes", memory->givenBack.value},
        {"gave_back_at", memory->gaveBackAt ? Json(toIsoText(*memory->gaveBackAt, IsoPrecision::Seconds)) : Json()},
    };
}

Result<Json> getModelStatus(const EngineServices& services, const Arguments& arguments)
{
    const EngineSnapshotPtr now = services.snapshot();
    Json answer;
    if (arguments.has("model_id")) {
        auto model = findModel(*now, ModelId{arguments.text("model_id")});
        if (!model)
            return fail(std::move(model).error());
        answer["model"] = modelJson(**model);
    }
    answer["devices"] = Json::array();
    for (const DeviceState& device : now->devices)
        answer["devices"].push_back(deviceJson(device));
    answer["unusable_devices"] = Json::array();
    for (const UnusableDevice& device : now->unusableDevices)
        answer["unusable_devices"].push_back({{"name", device.name}, {"error", toJson(device.reason)}});
    answer["cache"] = cacheJson(now->cache);
    answer["hashing"] = hashingJson(now->hashing);
    answer["system_memory"] = systemMemoryJson(now->systemMemory);
    return answer;
}

OperationSpec modelSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_model",
        .summary = "Everything known about one model: file, components, evidence, state.",
        .fields = {{.name = "model_id",
            .type = FieldType::Text,
            .presence = Presence::Required,
            .help = "The id of the model, as get_available_models gives it."}},
        .errors = {ErrorCode::ModelNotFound},
        .answer =
            "one model, and known_hashes: for each of its files the hashes that are known without reading it, each "
            "with algorithm, value and source (computed, or hub blob name: claimed by the Hugging Face cache)",
        .handler = [&services](const Arguments& arguments, JobContext*) { return getModel(services, arguments); },
    };
}

OperationSpec modelStatusSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_model_status",
        .summary = "What is loaded on each device and what is cached, with the bytes of each owner.",
        .fields = {{.name = "model_id",
            .type = FieldType::Text,
            .help = "A model whose state is wanted too; left out: devices and cache only."}},
        .errors = {ErrorCode::ModelNotFound},
        .answer =
            "devices, unusable_devices, cache, hashing (files_done of files_total whose hashes are taken in idle "
            "time; null where that is off), system_memory (what other programs left, and what the cache gave back to "
            "them; null where nobody watches it), and model when one was asked for",
        .handler = [&services](const Arguments& arguments, JobContext*) { return getModelStatus(services, arguments); },
    };
}

} // namespace

void addCatalogOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(modelSpec(services));
    registry.add(modelStatusSpec(services));
}

} // namespace weightroom::engine
