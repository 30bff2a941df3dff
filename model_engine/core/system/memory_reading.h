// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/system/memory_limit.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string_view>

namespace weightroom::engine {

/// Where the kernel tells about memory.
struct MemoryFiles {
    std::filesystem::path memoryInfo = "/proc/meminfo";
    /// How long threads waited for memory (PSI). Kernels before 4.20, and those started with psi=0, have none.
    std::filesystem::path pressure = "/proc/pressure/memory";
    ControlGroupFiles groups{};
};

/// The memory of the system at one moment, as this process may have it.
struct MemoryReading {
    Bytes total; ///< the RAM, or the smallest limit of a control group below it
    Bytes
        available; ///< can be taken before the kernel swaps, slows down or kills; page cache that it would drop counts
    std::optional<std::chrono::microseconds> stalled; ///< so long, since the start, some thread has waited for memory
};

/// The figure of `name` ("SwapFree:") in the content of /proc/meminfo, which counts in KiB.
[[nodiscard]] std::optional<Bytes> memoryFigure(std::string_view content, std::string_view name);

/// Of the content of a PSI file: how long, since the start, some thread has waited. The total in the line
/// "some avg10=0.00 avg60=0.00 avg300=0.00 total=11220657".
[[nodiscard]] std::optional<std::chrono::microseconds> stalledFrom(std::string_view content);

/// Nothing where the kernel does not tell what is available. About 50 µs.
[[nodiscard]] std::optional<MemoryReading> readMemory(const MemoryFiles& files = {});

/// The RAM that this process has in its pages, shared ones included. Nothing where the kernel does not tell.
[[nodiscard]] std::optional<Bytes> residentMemory(const std::filesystem::path& statistics = "/proc/self/statm");

} // namespace weightroom::engine
