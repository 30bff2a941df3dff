// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/jobs.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/preload/preload_plans.h"

#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace weightroom::engine {

enum class PreloadOutcome : std::uint8_t {
    None = 0,
    Loaded, ///< on its device
    Cached, ///< in the cache: as was wished, or because the device has no room
    NoRoom, ///< the cache has no room beside what the same run has cached before
    TooLate, ///< the deadline was over before its turn
    Failed
};
[[nodiscard]] std::string_view toText(PreloadOutcome outcome); ///< "loaded", "cached", "no_room", "too_late", "failed"

/// What became of one entry.
struct PreloadResult {
    PreloadEntry entry;
    PreloadOutcome outcome = PreloadOutcome::None;
    std::optional<Error> error; ///< why it is not where it was wished
    std::chrono::duration<double> took{};
};

/// Caches and loads models ahead of use (O10), one after another in their order. One that cannot be loaded does not
/// hold up the others; what the run has cached is not evicted for what comes later in it. Models that are there already
/// take no time. On a job's thread. `deadline`: by the services' clock; what has not begun by then is left out. Errors:
/// Cancelled; the models that were ready by then stay.
[[nodiscard]] Result<std::vector<PreloadResult>> runPreload(EngineServices& services,
    std::span<const PreloadEntry> entries, std::optional<Clock::Steady> deadline, JobContext& job);

} // namespace weightroom::engine
