// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <stop_token>
#include <string>
#include <vector>

namespace weightroom::benchmarks {

struct SharingBenchmarkRequest {
    std::filesystem::path folder; ///< where the set is made; it stays
    std::uint64_t divisor = 1; ///< of the weights: see writeSharingSet()
};

/// What the set takes in one memory.
struct SharingFigures {
    engine::Bytes without; ///< held by components, when nothing is shared
    engine::Bytes with; ///< the same models, shared

    /// From 0 to 1.
    [[nodiscard]] double saving() const
    {
        return 1 - static_cast<double>(with.value) / static_cast<double>(without.value);
    }
};

/// One model of the set, loaded after those before it.
struct SharingModel {
    std::string name;
    engine::Bytes size;
    engine::Bytes saved; ///< of it, what was there already
};

struct SharingBenchmarkResult {
    SharingFigures cache;
    SharingFigures device;
    /// The same set, loaded apart and merged afterwards by worker.optimize_component_sharing.
    engine::Bytes cacheMerged;
    engine::Bytes deviceMerged;
    std::vector<SharingModel> models;
};

/// Loads the whole set into the RAM cache and onto a host device, by real engines: one that does not share and then
/// merges, one that shares. Takes twice the set's size of RAM. Errors: those of the engine's operations.
[[nodiscard]] engine::Result<SharingBenchmarkResult> runSharingBenchmark(
    const SharingBenchmarkRequest& request, const std::stop_token& stop);

void printTable(const SharingBenchmarkResult& result, std::ostream& out);
[[nodiscard]] engine::Json toJson(const SharingBenchmarkResult& result);

} // namespace weightroom::benchmarks
