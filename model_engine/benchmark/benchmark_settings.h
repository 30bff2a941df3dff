// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/ids.h"
#include "model_engine/core/settings/precision_choice.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weightroom::engine {

/// One run, and the report that is kept of it: see benchmarkIdOf().
using BenchmarkId = Id<struct BenchmarkTag>;

/// Where the bytes of a model are when a measured load begins.
enum class BenchmarkTemperature : std::uint8_t {
    Unknown = 0,
    Disk, ///< cold: its files were dropped from the page cache
    PageCache, ///< warm: its files are in the page cache, nothing of it in the RAM cache
    RamCache ///< warm: it is in the RAM cache
};
[[nodiscard]] std::string_view toText(
    BenchmarkTemperature temperature); ///< "unknown", "disk", "page_cache", "ram_cache"
[[nodiscard]] inline bool isCold(BenchmarkTemperature temperature) { return temperature == BenchmarkTemperature::Disk; }

/// What is measured apart. Stages overlap, so that they may add up to more than the whole.
enum class BenchmarkStage : std::uint8_t {
    None = 0,
    Disk, ///< reading alone, from the disk or the page cache
    Cache, ///< from the request until the model lies in the RAM cache: memory taken, bytes read
    Copy, ///< from the RAM cache to the device, as long as its transfer thread was busy
    Convert, ///< bringing elements to another type, beside the copies
    Share, ///< from another consumer's request until it has the memory
    Unload, ///< from the request until the memory of the device is given back
    Whole ///< a load, from the request to the answer
};
inline constexpr BenchmarkStage kLastBenchmarkStage = BenchmarkStage::Whole;
[[nodiscard]] std::string_view toText(BenchmarkStage stage); ///< "none", "disk", "cache", …
/// Whether its rate says something: sharing and unloading take as long for a small model as for a large one.
[[nodiscard]] bool movesBytes(BenchmarkStage stage);

/// How a run has ended. What was measured before a cancel or a failure counts.
enum class BenchmarkEnd : std::uint8_t { Unknown = 0, Finished, Cancelled, Failed };
[[nodiscard]] std::string_view toText(BenchmarkEnd end); ///< "unknown", "finished", "cancelled", "failed"

inline constexpr std::uint32_t kMostBenchmarkIterations = 200;
inline constexpr std::size_t kMostBenchmarkModels = 32;

/// What was asked of a run; which models stands in its report with each of them.
struct BenchmarkSettings {
    DeviceId device; ///< empty: into the RAM cache only
    PrecisionRequest precision = kAsStored;
    BenchmarkTemperature temperature = BenchmarkTemperature::Disk;
    std::uint32_t iterations = 5; ///< 1 to kMostBenchmarkIterations
    bool verifies = false; ///< bytes are read back from the device and compared, within the whole
    bool asksPeer = false; ///< safetensors (Python) loads the same files
    bool checksCompute = false; ///< the device calculates with what was loaded

    friend bool operator==(const BenchmarkSettings&, const BenchmarkSettings&) = default;
};

} // namespace weightroom::engine
