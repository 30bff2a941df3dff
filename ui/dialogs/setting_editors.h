// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/settings_view.h"

class QWidget;

namespace weightroom::ui {

struct SettingRow;

/// An editor that has the value of a setting; `row` is not a heading. Its words are those of SettingsDialog.
[[nodiscard]] QWidget* makeSettingEditor(const SettingValue& setting, const SettingRow& row);
/// As such an editor has it now; invalid when that cannot be read.
[[nodiscard]] QVariant editedValue(const QWidget& editor);

} // namespace weightroom::ui
