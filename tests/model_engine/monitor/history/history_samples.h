// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/history/history_store.h"

#include <chrono>
#include <limits>

namespace weightroom::test {

/// When the manual clock begins, which is the first second of an hour.
inline constexpr engine::Clock::Wall kStart = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
inline constexpr engine::HistorySpan kAllTime{engine::Clock::Wall::min(), engine::Clock::Wall::max()};
inline constexpr std::size_t kAllPoints = std::numeric_limits<std::size_t>::max();

inline const engine::SeriesKey kTemperature{engine::Metric::Temperature, {"GPU_0"}};
inline const engine::SeriesKey kRamUsed{engine::Metric::RamUsed, {}};

/// Some milliseconds into a second of the test.
inline engine::MetricSample sampleAt(
    std::chrono::seconds second, double value, const engine::SeriesKey& series = kTemperature)
{
    return {series, kStart + second + std::chrono::milliseconds{250}, value};
}

inline engine::LoadEvent loadAt(std::chrono::seconds second, const std::string& model = "sdxl")
{
    return {kStart + second, {model}, {"GPU_0"}, engine::LoadEnd::Succeeded, engine::ErrorCode::Unknown,
        std::chrono::duration<double>{1.5}, engine::Bytes{100}};
}

inline engine::Alert alertAt(std::chrono::seconds second, std::uint64_t number)
{
    return {.number = number,
        .kind = engine::AlertKind::MemoryFull,
        .device = {"GPU_0"},
        .threshold = 0.9,
        .value = 0.91,
        .worst = 0.95,
        .raisedAt = kStart + second};
}

} // namespace weightroom::test
