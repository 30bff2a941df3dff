// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/usage/usage_log.h"
#include "model_engine/core/result.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace weightroom::benchmarks {

/// One component that a load uses.
struct TraceComponent {
    engine::ComponentKey key;
    engine::Bytes size;
    std::chrono::duration<double> loadCost{}; ///< that reading it takes
};

/// One load of a trace.
struct TraceLoad {
    engine::ModelUse use;
    std::vector<TraceComponent> components;
};

/// Loads in the order of time, in one or more runs of the engine.
struct Trace {
    std::string name;
    std::vector<TraceLoad> loads;

    /// All bytes of all components.
    [[nodiscard]] engine::Bytes distinctBytes() const;
    [[nodiscard]] engine::Bytes largestLoad() const;
};

/// Reads what worker.analyze_cache_patterns answers with include_trace. A component costs what its reads took on
/// average; one that was never read costs nothing. Errors: those of reading the file; InvalidJson; InvalidValue for a
/// document without a trace.
[[nodiscard]] engine::Result<Trace> readTrace(const std::filesystem::path& file);

} // namespace weightroom::benchmarks
