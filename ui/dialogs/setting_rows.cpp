// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/setting_rows.h"

#include <array>

namespace weightroom::ui {
namespace {

constexpr std::array kRows{
    SettingRow{"cache_budget_bytes", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "RAM cache"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "What cached models may hold at most."), EditorKind::Size},
    SettingRow{"memory_reserve_bytes", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Left to other programs"),
        QT_TRANSLATE_NOOP(
            "weightroom::ui::SettingsDialog", "When less of the memory is free, the cache gives some of its own back."),
        EditorKind::SizeOrAutomatic},
    SettingRow{"eviction_policy", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Leaves the cache first"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "When others need the room. Models that you keep in the cache stay in any case."),
        EditorKind::Choice},
    SettingRow{"pool_ready_bytes", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Made ready in idle time"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Memory that the first load finds made, so that it runs at the speed of the disk."),
        EditorKind::SizeOrNothing},
    SettingRow{"pool_keep_seconds", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Memory stays ready"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "How long memory that nothing needs waits for the next load before the system gets it back."),
        EditorKind::Seconds,
        {0, 86'400, QT_TRANSLATE_NOOP3("weightroom::ui::SettingsDialog", "Not at all", "instead of a duration")}},
    SettingRow{"host_device_bytes", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Host devices (GiB)"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Memory in RAM that behaves like a GPU's: a size for each device, separated by semicolons. Taken on at the "
            "next start."),
        EditorKind::Sizes},
    SettingRow{"use_cuda", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Use GPUs"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Taken on at the next start."), EditorKind::Switch},
    SettingRow{"optimization_level", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Precision on devices"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "What loads may convert to save memory; files and the RAM cache stay as they are. A model's own notes may "
            "say otherwise."),
        EditorKind::Choice},
    SettingRow{"hash_when_idle", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Take hashes in idle time"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Reads the whole library once, network drives too, while nobody wants anything."),
        EditorKind::Switch},
    SettingRow{"rest_enabled", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Answer programs by HTTP"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Only programs of this computer that can read your token. Taken on at the next start."),
        EditorKind::Switch},
    SettingRow{nullptr, QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Alerts"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "You are told once, when it begins, and when it is over."),
        EditorKind::Heading},
    SettingRow{"alert_memory_percent", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Memory in use above"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "A warning, when more of a device's memory is in use."),
        EditorKind::Percent,
        {0, 100, QT_TRANSLATE_NOOP3("weightroom::ui::SettingsDialog", "Off", "instead of a number, no alert")}},
    SettingRow{"alert_load_seconds", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Loads longer than"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "A note, when loads to a device took longer on average of the last five minutes."),
        EditorKind::Seconds,
        {0, 3'600, QT_TRANSLATE_NOOP3("weightroom::ui::SettingsDialog", "Off", "instead of a number, no alert")}},
    SettingRow{"alert_error_percent", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Failed loads above"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "An error, when more of the loads to a device have failed in the last five minutes."),
        EditorKind::Percent,
        {0, 100, QT_TRANSLATE_NOOP3("weightroom::ui::SettingsDialog", "Off", "instead of a number, no alert")}},
    SettingRow{"alert_hold_seconds", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Alert after"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "How long it has to last before you are told, and to be over before the alert ends."),
        EditorKind::Seconds,
        {0, 3'600, QT_TRANSLATE_NOOP3("weightroom::ui::SettingsDialog", "At once", "instead of a duration")}},
    SettingRow{"alert_hysteresis_percent", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Alert ends lower by"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "How far below its limit a value has to fall. You are told once of one that goes up and down about its "
            "limit."),
        EditorKind::Percent, {0, 50}},
    SettingRow{nullptr, QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "History"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "What the engine measures is kept on disk, so that you can look at earlier times."),
        EditorKind::Heading},
    SettingRow{"history_minutes_days", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Minutes are kept for"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "What was measured minute by minute."), EditorKind::Days,
        {1, 90}},
    SettingRow{"history_hours_days", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Hours are kept for"),
        QT_TRANSLATE_NOOP(
            "weightroom::ui::SettingsDialog", "What was measured hour by hour, what was loaded, and alerts."),
        EditorKind::Days, {1, 3'650}},
    SettingRow{nullptr, QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Features"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Should one of them not suit this computer, it can be switched off at any time. What fails again and again "
            "is left alone for a while by itself."),
        EditorKind::Heading},
    SettingRow{"direct_io", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Read past the page cache"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Reads files directly from the disk, which is faster and leaves alone what other programs have cached."),
        EditorKind::Feature},
    SettingRow{"share_contents", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Hold equal tensors once"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Models that have the same VAE or text encoder share its memory. For loads that begin from now on."),
        EditorKind::Feature},
    SettingRow{"predictive_caching", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Read ahead in idle time"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Reads into the free part of the cache what is likely to be loaded next. A wrong guess has read for "
            "nothing."),
        EditorKind::Feature},
    SettingRow{"precision_conversion", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Convert while loading"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Lets loads to a device change the precision of weights. Off, they are loaded as they are stored."),
        EditorKind::Feature},
    SettingRow{"share_with_processes", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Share with other programs"),
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog",
            "Lets other programs of yours use loaded weights where they lie. Off, they load their own."),
        EditorKind::Feature},
};

constexpr std::array kChoices{
    ChoiceText{"optimization_level", "none", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "As it is stored")},
    ChoiceText{"optimization_level", "balanced",
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Balanced: 16 bits instead of fp32")},
    ChoiceText{"optimization_level", "aggressive",
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Aggressive: fp8 for large matrices")},
    ChoiceText{"eviction_policy", "auto",
        QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "Automatic: what measurements found best")},
    ChoiceText{
        "eviction_policy", "lru", QT_TRANSLATE_NOOP("weightroom::ui::SettingsDialog", "What was used longest ago")},
    ChoiceText{"eviction_policy", "value",
        QT_TRANSLATE_NOOP(
            "weightroom::ui::SettingsDialog", "What is worth least: large, seldom used, soon read again")},
};

} // namespace

std::span<const SettingRow> settingRows() { return kRows; }

std::span<const ChoiceText> settingChoices() { return kChoices; }

} // namespace weightroom::ui
