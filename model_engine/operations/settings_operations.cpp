// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/settings_operations.h"

#include "model_engine/operations/library_scan.h"
#include "model_engine/operations/precision_wish.h"

#include <algorithm>
#include <memory>
#include <mutex>

namespace weightroom::engine {
namespace {

/// Changes what is kept in the file: what was given for this run only (on a command line) does not get into it.
Result<> saveChange(const EngineServices& services, const Json& change)
{
    if (services.settingsFile.empty())
        return {};
    auto kept = loadSettings(services.settingsFile, defaultSettings(systemMemory()));
    if (!kept)
        return fail(std::move(kept).error());
    auto changed = settingsFromJson(change, *kept);
    if (!changed)
        return fail(std::move(changed).error());
    return saveSettings(services.settingsFile, *changed);
}

std::vector<std::filesystem::path> removedFolders(const Settings& before, const Settings& after)
{
    std::vector<std::filesystem::path> removed;
    for (const std::filesystem::path& folder : before.modelFolders) {
        if (std::ranges::find(after.modelFolders, folder) == after.modelFolders.end())
            removed.push_back(folder);
    }
    return removed;
}

/// On the engine thread. Models of folders that are no longer configured leave the catalogue, and those of folders that
/// only these have named; but for those in memory.
void takeOn(EngineServices& services, const Settings& after)
{
    EngineTables& tables = services.tables;
    ScanCoverage gone{.directories = removedFolders(tables.settings, after)};
    tables.settings = after;
    for (const std::filesystem::path& folder : std::vector{gone.directories}) {
        const auto scan = tables.scans.find(folder);
        const auto outside = scan == tables.scans.end() ? std::vector<std::filesystem::path>{} : scan->second.outside;
        std::ranges::copy(forsakenFolders(tables, outside, gone.directories), std::back_inserter(gone.directories));
    }
    tables.catalog.replace(gone, {}, [&](const ModelId& model) { return tables.isInMemory(model); });
    services.publish();
}

/// `oneAtATime`: an update is made from the settings before it and written to a file, so two must not overlap. Only
/// threads of jobs wait for it, and never the engine thread.
Result<Json> postSettingsUpdate(EngineServices& services, const Arguments& arguments, std::mutex& oneAtATime)
{
    const std::lock_guard lock{oneAtATime};
    const Settings before = services.executor.invoke([&] { return services.tables.settings; });
    auto after = settingsFromJson(arguments.values(), before);
    if (!after)
        return fail(std::move(after).error());
    // Written first: settings that could not be kept are not taken on either.
    if (auto saved = saveChange(services, arguments.values()); !saved)
        return fail(std::move(saved).error());
    services.cacheMemory.setCapacity(after->cacheBudget);
    services.executor.invoke([&] { takeOn(services, *after); });
    watchFolders(services);
    keepCatalog(services);
    Json answer = toJson(*after);
    // Settings that were broken at start are left alone for their owner to mend.
    answer["is_kept"] = !services.settingsFile.empty();
    // Devices are made once, at start.
    answer["needs_restart"] = after->hostDevices != before.hostDevices || after->useCuda != before.useCuda;
    return answer;
}

constexpr std::int64_t kMostFolders = 256;
constexpr std::int64_t kMostHostDevices = 16;

OperationSpec getSpec(EngineServices& services)
{
    return {
        .family = "settings",
        .name = "get_settings",
        .summary = "The settings of this engine.",
        .fields = {},
        .errors = {},
        .answer =
            "model_folders, cache_budget_bytes, memory_reserve_bytes, host_device_bytes, use_cuda, pool_ready_bytes, "
            "pool_keep_seconds, hash_when_idle, share_contents, eviction_policy, optimization_level, "
            "predictive_caching",
        .handler = [&services](
                       const Arguments&, JobContext*) -> Result<Json> { return toJson(services.tables.settings); },
    };
}

OperationSpec updateSpec(EngineServices& services)
{
    return {
        .family = "settings",
        .name = "post_settings_update",
        .summary = "Changes settings and keeps them for the next start.",
        .duration = Duration::Long,
        .fields =
            {
                {.name = "model_folders",
                    .type = FieldType::PathList,
                    .help = "Folders that are scanned for models.",
                    .minimum = 0,
                    .maximum = kMostFolders},
                {.name = "cache_budget_bytes",
                    .type = FieldType::Integer,
                    .help = "RAM for cached weights, in bytes.",
                    .minimum = 0},
                {.name = "memory_reserve_bytes",
                    .type = FieldType::Integer,
                    .help = "RAM that the cache leaves to other programs, in bytes: it gives memory back when less is "
                            "available. 0 takes a tenth of the RAM, from 512 MiB to 8 GiB.",
                    .minimum = 0},
                {.name = "host_device_bytes",
                    .type = FieldType::IntegerList,
                    .help = "Capacities of HOST_0, HOST_1, ... in bytes; taken on at the next start.",
                    .minimum = 0,
                    .maximum = kMostHostDevices},
                {.name = "use_cuda",
                    .type = FieldType::Boolean,
                    .help = "Whether GPUs are used; taken on at the next start."},
                {.name = "pool_ready_bytes",
                    .type = FieldType::Integer,
                    .help =
                        "Memory that is made ready for the first load while nobody wants anything, in bytes, at most "
                        "a quarter of what is available; taken on at the next start. 0: none. After that as much "
                        "is made ready as the largest of the last loads took.",
                    .minimum = 0},
                {.name = "pool_keep_seconds",
                    .type = FieldType::Integer,
                    .help =
                        "How long memory that nothing needs stays ready for the next load before the system gets it "
                        "back. 0: not at all.",
                    .minimum = 0,
                    .maximum = 86'400},
                {.name = "hash_when_idle",
                    .type = FieldType::Boolean,
                    .help = "Whether the hashes by which people compare files are taken while nobody wants anything. "
                            "That reads the whole library once, at the lowest priority; off, for disks that should "
                            "sleep or are dear to read, they are taken when somebody asks for them."},
                {.name = "share_contents",
                    .type = FieldType::Boolean,
                    .help = "Whether tensors with equal bytes are held once in RAM and once on each device, whichever "
                            "models they belong to; holds for loads that begin later."},
                {.name = "eviction_policy",
                    .type = FieldType::Text,
                    .help = "Which components leave the RAM cache when room is needed: lru, those that were used "
                            "longest ago; value, those that are worth least (seconds to bring them back x expected "
                            "uses / bytes); auto, the one of these that won on replayed traces (value).",
                    .allowed = {"auto", "lru", "value"}},
                {.name = "optimization_level",
                    .type = FieldType::Text,
                    .help = "What loads to a device may convert to save memory, where they are not asked for another "
                            "level: none; balanced, which halves what is stored in fp32; aggressive, which brings "
                            "matrices to fp8. docs/precision.md has the table.",
                    .allowed = allowedWords(optimizationLevelWords())},
                {.name = "predictive_caching",
                    .type = FieldType::Boolean,
                    .help = "Whether models that are likely to be loaded next are read into the free part of the RAM "
                            "cache while nobody wants anything; a guess that is wrong has read for nothing."},
            },
        .errors = {ErrorCode::IoError, ErrorCode::PermissionDenied, ErrorCode::DiskFull},
        .answer = "the settings as they are now, is_kept (false: for this run only) and needs_restart",
        .describe =
            [](const Arguments&) {
                return JobDescription{
                    .operation = "post_settings_update", .modelId = {}, .deviceId = {}, .subject = {}};
            },
        .handler = [&services, oneAtATime = std::make_shared<std::mutex>()](const Arguments& arguments,
                       JobContext*) { return postSettingsUpdate(services, arguments, *oneAtATime); },
    };
}

} // namespace

void addSettingsOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(getSpec(services));
    registry.add(updateSpec(services));
}

} // namespace weightroom::engine
