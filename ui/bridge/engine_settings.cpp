// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the window asks the engine about its settings.
#include "ui/bridge/conversion/settings_values.h"
#include "ui/bridge/engine_request.h"

namespace weightroom::ui {

void EngineBridge::requestSettings()
{
    constexpr auto kOperation = "settings.get_settings";
    if (isAwaited(kOperation))
        return;
    start({.operation = kOperation,
        .next = [](EngineBridge& bridge,
                    const engine::Json& answer) { Q_EMIT bridge.settingsReady(settingsView(answer)); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::changeSettings(const SettingsView& changes)
{
    start({.operation = "settings.post_settings_update",
        .fields = settingsRequest(changes),
        .next = [](EngineBridge& bridge, const engine::Json& answer) {
            Q_EMIT bridge.settingsSaved(
                answer.value("needs_restart", false) ? SettingsEffect::NextStart : SettingsEffect::Now);
        }});
}

void EngineBridge::useFeatureAgain(const QString& name)
{
    start({.operation = "settings.post_feature_flag_update",
        .fields = {{"name", name.toStdString()}, {"value", true}},
        .visibility = Request::Visibility::Quiet});
}

} // namespace weightroom::ui
