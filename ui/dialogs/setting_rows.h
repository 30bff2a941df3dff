// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <span>

namespace weightroom::ui {

/// How a setting is edited. Heading: not at all, a title over the rows that follow. Feature: a switch, with a note
/// while the engine leaves the feature alone.
enum class EditorKind : quint8 {
    None = 0,
    Size,
    SizeOrAutomatic,
    SizeOrNothing,
    Sizes,
    Switch,
    Choice,
    Seconds,
    Percent,
    Days,
    Heading,
    Feature
};

/// Of a setting that is a whole number. As the engine's own limits.
struct NumberLimits {
    int minimum = 0;
    int maximum = 0;
    /// What 0 is called, where it has a meaning of its own, with its disambiguation.
    struct {
        const char* text = nullptr;
        const char* comment = nullptr;
    } zero{};
};

/// One setting of the dialog, or a heading.
struct SettingRow {
    const char* name; ///< nullptr: of a heading
    const char* label;
    const char* hint;
    EditorKind kind;
    NumberLimits limits{}; ///< of Seconds, Percent and Days
};

/// A check box, which has its label beside it.
[[nodiscard]] inline bool hasBox(EditorKind kind) { return kind == EditorKind::Switch || kind == EditorKind::Feature; }

/// A word of a setting, as a person reads it.
struct ChoiceText {
    const char* setting;
    const char* word;
    const char* text;
};

/// In the order of the dialog. Texts are to be translated by SettingsDialog.
[[nodiscard]] std::span<const SettingRow> settingRows();
/// What can be chosen, of all settings of the kind Choice.
[[nodiscard]] std::span<const ChoiceText> settingChoices();

} // namespace weightroom::ui
