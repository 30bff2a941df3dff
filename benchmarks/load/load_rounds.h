// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/spread.h"
#include "model_engine/core/json.h"
#include "model_engine/core/settings/settings.h"

#include <filesystem>
#include <stop_token>
#include <string>

namespace weightroom::benchmarks {

struct LoadBenchmarkRequest {
    std::filesystem::path file;
    engine::DeviceId device; ///< empty: the first
    engine::Settings settings;
    unsigned rounds = 5;
};

/// Rates in bytes per second and times in seconds, one value a round; within a round limit and load are measured one
/// after the other, because a shared disk drifts by a factor of two within an hour.
struct LoadBenchmarkResult {
    std::string device;
    engine::Bytes size;
    Spread diskLimit; ///< O_DIRECT into touched memory
    Spread diskToCache; ///< the read phase of caching, cold
    Spread diskToCacheRatio; ///< to the limit of the same round
    Spread copyLimit; ///< to the device, from touched (on a GPU: pinned) memory
    Spread cacheToDevice; ///< the copy phase of a load from the cache
    Spread cacheToDeviceRatio;
    Spread coldLoad; ///< seconds of the read and copy phases of a load that begins with an empty cache and a cold file
    Spread coldLoadToSlowestStage; ///< these seconds ÷ those of the slower of the two stages alone, in the same round
    Spread takingMemory; ///< seconds in which a cold load takes memory in the cache and on the device
    Spread wholeColdLoad; ///< seconds from the request to the answer
    // Whole cold loads, from the request to the answer, as a part of the time that the disk alone would take for the
    // file at its limit of the same round: 1 is as fast as the disk.
    Spread firstLoad; ///< with nothing ready: the first load of a program that was just started
    Spread firstLoadToDisk;
    Spread readyLoad; ///< with memory that was made ready before
    Spread readyLoadToDisk;
    Spread secondLoad; ///< after an unload, with memory that was used before
    Spread secondLoadToDisk;
    Spread makingReady; ///< seconds of idle time that making it ready took
};

/// Errors: those of the engine's operations; IoError when the file cannot be made cold.
[[nodiscard]] engine::Result<LoadBenchmarkResult> runLoadRounds(
    const LoadBenchmarkRequest& request, const std::stop_token& stop);

} // namespace weightroom::benchmarks
