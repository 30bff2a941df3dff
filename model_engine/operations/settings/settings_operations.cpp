// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/settings/settings_operations.h"

#include "model_engine/core/settings/feature_table.h"
#include "model_engine/core/settings/number_setting.h"
#include "model_engine/operations/loading/precision_wish.h"
#include "model_engine/operations/settings/feature_flag_operations.h"
#include "model_engine/operations/settings/settings_update.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <tuple>
#include <vector>

namespace weightroom::engine {
namespace {

Result<Json> postSettingsUpdate(SettingsUpdate& update, const Arguments& arguments)
{
    const auto outcome = update.apply(arguments.values());
    if (!outcome)
        return fail(outcome.error());
    const auto& [before, after] = *outcome;
    Json answer = toJson(after);
    answer["is_kept"] = update.isKept();
    // Devices are made once, at start, and doors opened.
    const auto madeAtStart = [](const Settings& of) {
        return std::tie(of.hostDevices, of.useCuda, of.restEnabled, of.restPort);
    };
    answer["needs_restart"] = madeAtStart(after) != madeAtStart(before);
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
            "hash_when_idle, eviction_policy, optimization_level, rest_enabled, pool_keep_seconds, rest_port, "
            "alert_memory_percent, alert_load_seconds, alert_error_percent, alert_hold_seconds, "
            "alert_hysteresis_percent, history_minutes_days, history_hours_days, direct_io, share_contents, "
            "predictive_caching, precision_conversion, share_with_processes",
        .handler = [&services](
                       const Arguments&, JobContext*) -> Result<Json> { return toJson(services.tables.settings); },
    };
}

/// The setting of a feature flag.
FieldSpec flagField(const FeatureSpec& feature)
{
    return {.name = feature.name, .type = FieldType::Boolean, .help = feature.help};
}

FieldSpec numberField(const NumberSetting& number)
{
    return {.name = number.name,
        .type = FieldType::Integer,
        .help = number.help,
        .minimum = number.minimum,
        .maximum = number.maximum};
}

std::vector<FieldSpec> settingsFields()
{
    std::vector<FieldSpec> fields{
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
        {.name = "use_cuda", .type = FieldType::Boolean, .help = "Whether GPUs are used; taken on at the next start."},
        {.name = "pool_ready_bytes",
            .type = FieldType::Integer,
            .help = "Memory that is made ready for the first load while nobody wants anything, in bytes, at most "
                    "a quarter of what is available; taken on at the next start. 0: none. After that as much "
                    "is made ready as the largest of the last loads took.",
            .minimum = 0},
        {.name = "hash_when_idle",
            .type = FieldType::Boolean,
            .help = "Whether the hashes by which people compare files are taken while nobody wants anything. "
                    "That reads the whole library once, at the lowest priority; off, for disks that should "
                    "sleep or are dear to read, they are taken when somebody asks for them."},
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
        {.name = "rest_enabled",
            .type = FieldType::Boolean,
            .help = "Whether the window, and `weightroomctl serve`, also serve programs of this machine by HTTP "
                    "(docs/rest.md); taken on at the next start."},
    };
    std::ranges::transform(numberSettings(), std::back_inserter(fields), numberField);
    std::ranges::transform(featureTable(), std::back_inserter(fields), flagField);
    return fields;
}

OperationSpec updateSpec(const std::shared_ptr<SettingsUpdate>& update)
{
    return {
        .family = "settings",
        .name = "post_settings_update",
        .summary = "Changes settings and keeps them for the next start.",
        .duration = Duration::Long,
        .fields = settingsFields(),
        .errors = {ErrorCode::IoError, ErrorCode::PermissionDenied, ErrorCode::DiskFull},
        .answer = "the settings as they are now, is_kept (false: for this run only) and needs_restart",
        .describe =
            [](const Arguments&) {
                return JobDescription{
                    .operation = "post_settings_update", .modelId = {}, .deviceId = {}, .subject = {}};
            },
        .handler = [update](const Arguments& arguments, JobContext*) { return postSettingsUpdate(*update, arguments); },
    };
}

} // namespace

void addSettingsOperations(OperationRegistry& registry, EngineServices& services)
{
    const auto update = std::make_shared<SettingsUpdate>(services);
    registry.add(getSpec(services));
    registry.add(updateSpec(update));
    addFeatureFlagOperations(registry, services, update);
}

} // namespace weightroom::engine
