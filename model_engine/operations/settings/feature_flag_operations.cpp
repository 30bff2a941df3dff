// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/settings/feature_flag_operations.h"

#include "model_engine/core/settings/feature_table.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/settings/settings_update.h"

#include <string>
#include <utility>
#include <vector>

namespace weightroom::engine {
namespace {

Json policyJson(const BreakerPolicy& policy)
{
    return {
        {"failures", policy.failures},
        {"within_seconds", policy.within.count()},
        {"pause_seconds", policy.pause.count()},
    };
}

Json flagJson(const FeatureStatus& status)
{
    const FeatureSpec& spec = specOf(status.feature);
    return {
        {"name", spec.name.text()},
        {"help", spec.help},
        {"when_off", spec.whenOff},
        {"configured", status.isConfigured()},
        {"effective", status.isOn()},
        {"state", toText(status.state)},
        {"failures", status.failures},
        {"reason", status.reason ? toJson(*status.reason) : Json()},
        {"retry_at", status.triedAgainAt ? Json(toIsoText(*status.triedAgainAt, IsoPrecision::Seconds)) : Json()},
        {"falls_back_after", policyJson(spec.breaker)},
    };
}

Json getFeatureFlags(const EngineServices& services)
{
    Json rows = Json::array();
    for (const FeatureStatus& status : services.flags.all())
        rows.push_back(flagJson(status));
    return {{"flags", std::move(rows)}};
}

/// A flag is a setting, and kept as one. Who switches on what has fallen back wants it tried at once.
Result<Json> postFeatureFlagUpdate(EngineServices& services, SettingsUpdate& update, const Arguments& arguments)
{
    const std::string name = arguments.text("name");
    const bool isOn = arguments.boolean("value", true);
    if (const auto changed = update.apply({{name, isOn}}); !changed)
        return fail(changed.error());
    const Feature feature = findFeature(name)->feature;
    if (isOn) {
        services.flags.forgive(feature);
        services.executor.invoke([&] { services.publish(); });
    }
    Json answer = flagJson(services.flags.status(feature));
    answer["is_kept"] = update.isKept();
    return answer;
}

std::vector<std::string_view> flagNames()
{
    std::vector<std::string_view> names;
    for (const FeatureSpec& spec : featureTable())
        names.push_back(spec.name.text());
    return names;
}

constexpr std::string_view kFlagsAnswer =
    "flags, each with name, help, when_off (what is done without it), configured (what the user has chosen), effective "
    "(whether it is "
    "used), state (\"on\", \"off\", \"fallen_back\", \"trying_again\"), failures (that count now), reason (the last "
    "of them, an error; null: none), retry_at (when it is tried again; null: it has not fallen back), "
    "falls_back_after (failures within within_seconds, for pause_seconds)";

OperationSpec getSpec(EngineServices& services)
{
    return {
        .family = "settings",
        .name = "get_feature_flags",
        .summary = "What can be switched off while the engine runs, and what it has switched off by itself because it "
                   "failed again and again.",
        .fields = {},
        .errors = {},
        .answer = kFlagsAnswer,
        .handler = [&services](const Arguments&, JobContext*) -> Result<Json> { return getFeatureFlags(services); },
    };
}

OperationSpec updateSpec(EngineServices& services, const std::shared_ptr<SettingsUpdate>& update)
{
    return {
        .family = "settings",
        .name = "post_feature_flag_update",
        .summary = "Switches a feature on or off, at once, and keeps that for the next start: the setting of this name "
                   "changes. Switching on also forgives failures: what has fallen back is tried at once.",
        .duration = Duration::Long,
        .fields = {{.name = "name",
                       .type = FieldType::Text,
                       .presence = Presence::Required,
                       .help = "The flag.",
                       .allowed = flagNames()},
            {.name = "value",
                .type = FieldType::Boolean,
                .presence = Presence::Required,
                .help = "Whether the feature is used."}},
        .errors = {ErrorCode::IoError, ErrorCode::PermissionDenied, ErrorCode::DiskFull},
        .answer = "the flag, as settings.get_feature_flags has it, and is_kept (false: for this run only)",
        .describe =
            [](const Arguments& arguments) {
                return JobDescription{.operation = "post_feature_flag_update",
                    .modelId = {},
                    .deviceId = {},
                    .subject = arguments.text("name")};
            },
        .handler = [&services, update](const Arguments& arguments,
                       JobContext*) { return postFeatureFlagUpdate(services, *update, arguments); },
    };
}

} // namespace

void addFeatureFlagOperations(
    OperationRegistry& registry, EngineServices& services, const std::shared_ptr<SettingsUpdate>& update)
{
    registry.add(getSpec(services));
    registry.add(updateSpec(services, update));
}

} // namespace weightroom::engine
