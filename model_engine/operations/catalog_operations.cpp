// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/catalog_operations.h"

#include "model_engine/operations/model_json.h"

namespace weightroom::engine {
namespace {

Result<Json> getModel(const EngineServices& services, const Arguments& arguments)
{
    const EngineSnapshotPtr now = services.snapshot();
    auto model = findModel(*now, ModelId{arguments.text("model_id")});
    if (!model)
        return fail(std::move(model).error());
    return modelJson(**model);
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
        .answer = "one model",
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
        .answer = "devices, unusable_devices, cache, and model when one was asked for",
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
