// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/memory/memory_contents_operations.h"

#include "model_engine/core/utf8.h"
#include "model_engine/operations/jobs/job_description.h"
#include "model_engine/operations/memory/memory_contents.h"

#include <map>
#include <string>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::string_view kExclusive = "exclusive";
constexpr std::string_view kShared = "shared";

ContentSharing sharingFrom(const std::string& text)
{
    if (text == kExclusive)
        return ContentSharing::Exclusive;
    return text == kShared ? ContentSharing::Shared : ContentSharing::Any;
}

/// Of models that are in the catalogue; perhaps not UTF-8.
using ModelNames = std::map<ModelId, std::string>;

/// On the engine thread.
ModelNames namesOf(const std::vector<HeldContent>& contents, const Catalog& catalog)
{
    ModelNames names;
    for (const HeldContent& content : contents) {
        for (const HeldTensor& tensor : content.tensors) {
            const bool isNew = !names.contains(tensor.owner.model);
            if (const ModelRecordPtr record = isNew ? catalog.find(tensor.owner.model) : nullptr)
                names.emplace(tensor.owner.model, record->name);
        }
    }
    return names;
}

Json toJson(const HeldContent& content, const ModelNames& names)
{
    Json tensors = Json::array();
    for (const HeldTensor& tensor : content.tensors) {
        const auto name = names.find(tensor.owner.model);
        tensors.push_back({{"model_id", tensor.owner.model.text},
            {"model_name", name == names.end() ? Json(nullptr) : Json(toValidUtf8(name->second))},
            {"component_id", tensor.owner.component.text}, {"name", toValidUtf8(tensor.name)},
            {"dtype", toText(tensor.dtype)}, {"shape", tensor.shape.dimensions}});
    }
    return {{"size_bytes", content.size.value}, {"is_shared", content.isShared}, {"tensors", std::move(tensors)}};
}

Result<Json> getMemoryContents(EngineServices& services, const Arguments& arguments)
{
    const DeviceId device{arguments.text("device_id")};
    const ContentWish wish{.model = ModelId{arguments.text("model_id")},
        .component = ComponentId{arguments.text("component_id")},
        .sharing = sharingFrom(arguments.text("sharing"))};
    if (wish.model.empty() && !wish.component.empty())
        return fail(ErrorCode::MissingField, "a component_id needs the model_id of its model", {.field = "model_id"});
    const bool isCache = device.text == kPreloadIntoCache;
    if (auto lane = isCache ? Result<TransferLane*>{nullptr} : services.laneOf(device); !lane)
        return fail(std::move(lane).error());
    ModelNames names;
    const auto contents = services.executor.invoke([&] {
        auto found = isCache ? contentsInCache(services.tables, wish) : contentsOnDevice(services.tables, device, wish);
        if (found)
            names = namesOf(*found, services.tables.catalog);
        return found;
    });
    if (!contents)
        return fail(contents.error());
    Json rows = Json::array();
    for (const HeldContent& content : *contents)
        rows.push_back(toJson(content, names));
    return Json{{"device_id", device.text}, {"contents", std::move(rows)}};
}

std::vector<FieldSpec> contentFields()
{
    return {
        {.name = "device_id",
            .type = FieldType::Text,
            .presence = Presence::Required,
            .help = "The device (GPU_0, HOST_0, ...), or \"cache\"."},
        {.name = "model_id", .type = FieldType::Text, .help = "Only what this model has; left out: of all models."},
        {.name = "component_id",
            .type = FieldType::Text,
            .help = "Only what this component of the model has; left out: of all of its components."},
        {.name = "sharing",
            .type = FieldType::Text,
            .help = "Only what one component has alone, or only what several have; left out: both.",
            .allowed = {kExclusive, kShared}},
    };
}

} // namespace

void addMemoryContentsOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add({
        .family = "monitor",
        .name = "get_memory_contents",
        .summary = "Which tensors lie in a memory, in the types in which they lie there, and who shares them.",
        .duration = Duration::Long, // there may be many, which take a while to be written down
        .fields = contentFields(),
        .errors = {ErrorCode::MissingField, ErrorCode::DeviceNotFound, ErrorCode::NotLoaded, ErrorCode::Cancelled},
        .answer =
            "device_id; contents: bytes that lie there once, each with size_bytes, is_shared (several components have "
            "it) and the tensors that have it: model_id, model_name (null: it is not in the catalogue), component_id, "
            "name as its file has it, dtype as it lies there, shape with the outermost dimension first. Those of one "
            "component that are not shared add up to its entry in get_monitor_state, all that are shared to the entry "
            "\"shared\"; a tensor without elements is in none, and what a load that has not ended has taken is not "
            "there yet",
        .describe = describeModelJob(services, "get_memory_contents", JobWeight::Light),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return getMemoryContents(services, arguments); },
    });
}

} // namespace weightroom::engine
