// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/load_preview_operations.h"

#include "model_engine/operations/cache/cache_policy.h"
#include "model_engine/operations/jobs/job_description.h"
#include "model_engine/operations/loading/load_preview.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

constexpr std::int64_t kMostComponents = 1024;

Json secondsJson(const std::optional<LoadForecast::Seconds>& seconds)
{
    return seconds ? Json(seconds->count()) : Json();
}

Json componentsJson(const LoadPreview& preview)
{
    Json rows = Json::array();
    for (const LoadPreview::Component& component : preview.components)
        rows.push_back({{"component_id", component.id.text}, {"kind", toText(component.kind)},
            {"size_bytes", component.size.value}, {"is_cached", component.isCached}});
    return rows;
}

/// What a memory has free for tensors, and whether so much fits.
Json roomJson(Bytes needed, Bytes free)
{
    return {
        {"needed_bytes", needed.value},
        {"free_bytes", free.value},
        {"fits", needed <= free},
        {"missing_bytes", (needed - std::min(needed, free)).value},
    };
}

Bytes freeIn(const ArenaStatistics& memory) { return memory.capacity - std::min(memory.capacity, memory.allocated); }

/// What the driver has free counts too, with what our slabs have: other programs may have taken the rest.
Json deviceJson(Device& device, const LoadPreview& preview)
{
    const ArenaStatistics memory = device.arena().statistics();
    Bytes free = freeIn(memory);
    const DriverMemory driver = driverMemoryOf(device);
    if (driver.free)
        free = std::min(free, *driver.free + (memory.held - std::min(memory.held, memory.allocated)));
    Json row = roomJson(preview.newOnDevice, free);
    row["device_id"] = device.description().id.text;
    row["driver_free_bytes"] = driver.free ? Json(driver.free->value) : Json();
    return row;
}

/// Who would have to go, by the rule of this moment. The load copies from what is cached of the model: that stays.
Json evictionsJson(EngineServices& services, const ModelId& model, const LoadPreview& preview, Bytes free)
{
    std::set<ComponentKey> inUse;
    for (const LoadPreview::Component& component : preview.components)
        inUse.insert({model, component.id});
    const auto plan = services.executor.invoke([&] {
        const Bytes missing = preview.newInCache - std::min(preview.newInCache, free);
        return services.tables.cache.evictionPlan(missing, evictionRule(services.tables), inUse);
    });
    Json rows = Json::array();
    for (const PlannedEviction& planned : plan)
        rows.push_back({{"model_id", planned.key.model.text}, {"component_id", planned.key.component.text},
            {"bytes", planned.bytesThatGo.value}});
    return rows;
}

Result<Json> getModelLoadPreview(EngineServices& services, const Arguments& arguments)
{
    const bool isToCache = arguments.text("device_id") == kPreloadIntoCache;
    auto lane = isToCache ? Result<TransferLane*>{nullptr} : services.laneOf(DeviceId{arguments.text("device_id")});
    if (!lane)
        return fail(std::move(lane).error());
    LoadWish wish{.model = ModelId{arguments.text("model_id")}, .lane = *lane};
    wish.precision = precisionWishFrom(arguments);
    for (const std::string& id : arguments.texts("component_ids"))
        wish.components.insert(ComponentId{id});
    const auto preview = previewLoad(services, wish);
    if (!preview)
        return fail(preview.error());
    const ArenaStatistics cache = services.cacheMemory.arena().statistics();
    Json cacheRow = roomJson(preview->newInCache, freeIn(cache));
    // What does not fit beside the rest pushes it out, up to the whole budget.
    cacheRow["fits"] = preview->newInCache <= cache.capacity;
    cacheRow["evicted_bytes"] = cacheRow.at("missing_bytes");
    cacheRow.erase("missing_bytes");
    cacheRow["would_evict"] = evictionsJson(services, wish.model, *preview, freeIn(cache));
    Json present = Json::array();
    for (const ComponentId& id : preview->present)
        present.push_back(id.text);
    return Json{
        {"model_id", wish.model.text},
        {"components", componentsJson(*preview)},
        {"already_loaded_component_ids", std::move(present)},
        {"device", *lane ? deviceJson((*lane)->device(), *preview) : Json()},
        {"cache", std::move(cacheRow)},
        {"precision", toJson(preview->precision)},
        {"bytes_to_read", (preview->work.fromDisk + preview->work.fromPageCache).value},
        {"page_cache_bytes", preview->work.fromPageCache.value},
        {"bytes_to_copy", preview->work.toCopy.value},
        {"predicted_time",
            {{"allocating_seconds", secondsJson(preview->forecast.taking)},
                {"disk_seconds", secondsJson(preview->forecast.reading)},
                {"copy_seconds", secondsJson(preview->forecast.copying)},
                {"total_seconds", secondsJson(preview->forecast.total())}}},
    };
}

} // namespace

void addLoadPreviewOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add({
        .family = "model",
        .name = "get_model_load_preview",
        .summary = "What loading a model would take and move, and how long that takes; nothing is loaded.",
        .duration = Duration::Long, // reads the headers
        .fields =
            {
                {.name = "model_id", .type = FieldType::Text, .presence = Presence::Required, .help = "The model."},
                {.name = "device_id",
                    .type = FieldType::Text,
                    .help =
                        "Where to (GPU_0, HOST_0, ...), or \"cache\"; left out: the first device that can be used."},
                {.name = "component_ids",
                    .type = FieldType::TextList,
                    .help = "Components to take; left out: all of the model.",
                    .minimum = 1,
                    .maximum = kMostComponents},
                optimizationLevelField(),
                precisionField(),
            },
        .errors = {ErrorCode::ModelNotFound, ErrorCode::ComponentNotFound, ErrorCode::ModelUnusable,
            ErrorCode::FeatureOff, ErrorCode::DeviceNotFound, ErrorCode::NotFound, ErrorCode::PermissionDenied,
            ErrorCode::IoError, ErrorCode::FileChanged, ErrorCode::FileTruncated, ErrorCode::InvalidFormat},
        .answer =
            "components; device (needed_bytes, free_bytes, fits, missing_bytes, driver_free_bytes; null for the "
            "cache); cache (needed_bytes, free_bytes, fits, evicted_bytes: what would have to go, would_evict: who "
            "that would be by the "
            "eviction policy of this moment, with model_id, component_id, bytes); precision: "
            "what would be converted and what stays (docs/precision.md), size_bytes as stored, loaded_bytes on the "
            "device; bytes_to_read, of "
            "these page_cache_bytes; bytes_to_copy; predicted_time by phase, from the loads of this run: null where "
            "there was none yet. What equal contents save is counted as far as the files were read before",
        .describe = describeModelJob(services, "get_model_load_preview", JobWeight::Light),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return getModelLoadPreview(services, arguments); },
    });
}

} // namespace weightroom::engine
