// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "ui/bridge/views/settings_view.h"

namespace weightroom::ui {

/// From an answer of settings.get_settings. What is neither a number of bytes, a switch, a text nor a list of numbers
/// is left out: nobody could edit it.
[[nodiscard]] SettingsView settingsView(const engine::Json& answer);
/// The request of settings.post_settings_update.
[[nodiscard]] engine::Json settingsRequest(const SettingsView& changes);

} // namespace weightroom::ui
