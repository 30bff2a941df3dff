// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/loader/plan/load_forecast.h"

#include <cstddef>
#include <deque>
#include <optional>

namespace weightroom::engine {

/// What a load was said to take, when it was planned.
struct PredictedLoad {
    Bytes onDevice; ///< new there, with alignment; 0 for a load into the cache only
    Bytes inCache; ///< likewise
    LoadForecast forecast;
};

/// What it took.
struct MeasuredLoad {
    Bytes onDevice;
    Bytes inCache;
    LoadDurations took;
    std::chrono::duration<double> total{}; ///< planning and looking for equal contents included
};

/// One load that has succeeded.
struct LoadRecord {
    Clock::Wall at{}; ///< its end
    ModelId model;
    DeviceId device; ///< empty: into the cache only
    PredictedLoad predicted;
    MeasuredLoad measured;
};

/// How far a prediction was off, in percent of what was measured: positive where it was too high. Nothing where nothing
/// was measured, unless nothing was predicted either.
[[nodiscard]] std::optional<double> errorPercent(double predicted, double measured);

/// The last loads of this run, oldest first. Lives on the engine thread: no locks.
class LoadRecords {
public:
    /// Some 200 bytes each.
    static constexpr std::size_t kMost = 256;

    void add(LoadRecord record);
    [[nodiscard]] const std::deque<LoadRecord>& all() const { return m_records; }

private:
    std::deque<LoadRecord> m_records;
};

} // namespace weightroom::engine
