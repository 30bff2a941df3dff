// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/number_setting.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <type_traits>

namespace weightroom::engine {
namespace {

/// Where a number is kept: in the settings, or in a group of them.
template <auto Member>
constexpr auto& placeIn(auto& settings)
{
    return settings.*Member;
}
template <auto Group, auto Member>
constexpr auto& placeIn(auto& settings)
{
    return settings.*Group.*Member;
}

constexpr std::int64_t countOf(std::integral auto value) { return static_cast<std::int64_t>(value); }
template <class Rep, class Period>
constexpr std::int64_t countOf(std::chrono::duration<Rep, Period> value)
{
    return value.count();
}

struct Limits {
    std::int64_t minimum;
    std::int64_t maximum;
};

template <auto... Place>
constexpr NumberSetting number(Name name, Limits limits, std::string_view help)
{
    return {.name = name,
        .help = help,
        .minimum = limits.minimum,
        .maximum = limits.maximum,
        .get = [](const Settings& settings) { return countOf(placeIn<Place...>(settings)); },
        .set =
            [](Settings& settings, std::int64_t value) {
                auto& place = placeIn<Place...>(settings);
                place = std::remove_reference_t<decltype(place)>(value);
            }};
}

constexpr std::int64_t kDayInSeconds = 24 * 60 * 60;

constexpr std::array kTable{
    number<&Settings::poolKeep>("pool_keep_seconds", {0, kDayInSeconds},
        "How long memory that nothing needs stays ready for the next load before the system gets it back. 0: not at "
        "all."),
    // Ports below belong to the system; 0, any that is free, would be another one at each start.
    number<&Settings::restPort>("rest_port", {1024, 65'535},
        "The port at which programs are answered by HTTP, with rest_enabled; taken on at the next start."),
    number<&Settings::alerts, &AlertSettings::memoryPercent>("alert_memory_percent", {0, 100},
        "An alert, a warning, is raised when more of a device's memory is in use, in percent. 0: never."),
    number<&Settings::alerts, &AlertSettings::loadTime>("alert_load_seconds", {0, 3600},
        "An alert is raised when the loads to a device have taken longer, on average of the last five minutes. 0: "
        "never."),
    number<&Settings::alerts, &AlertSettings::errorPercent>("alert_error_percent", {0, 100},
        "An alert, an error, is raised when more of the loads to a device have failed in the last five minutes, in "
        "percent. 0: never."),
    number<&Settings::alerts, &AlertSettings::hold>("alert_hold_seconds", {0, 3600},
        "How long the value of an alert has to be above its threshold before the alert is raised, and how long it has "
        "to be low again before the alert is over. 0: at once."),
    number<&Settings::alerts, &AlertSettings::hysteresisPercent>("alert_hysteresis_percent", {0, 50},
        "How far below its threshold a value is low again, in percent of the threshold: one that sways about the "
        "threshold raises one alert, not many."),
    number<&Settings::history, &HistorySettings::minutes>(
        "history_minutes_days", {1, 90}, "For how many days the history keeps what was measured minute by minute."),
    number<&Settings::history, &HistorySettings::hours>("history_hours_days", {1, 3650},
        "For how many days the history keeps what was measured hour by hour, loads, and alerts."),
};

} // namespace

std::span<const NumberSetting> numberSettings() { return kTable; }

const NumberSetting* findNumberSetting(std::string_view name)
{
    const auto* const row = std::ranges::find(kTable, name, [](const NumberSetting& one) { return one.name.text(); });
    return row == kTable.end() ? nullptr : row;
}

} // namespace weightroom::engine
