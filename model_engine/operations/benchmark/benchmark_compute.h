// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_report.h"
#include "model_engine/operations/engine_services.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

/// What came of calculating with a model's weights.
struct ComputeOutcome {
    std::vector<ComputeCheck> checks; ///< of the largest weights first
    std::optional<Error> problem; ///< why there is none, or not all
};

/// Weights that are calculated with, of one model.
inline constexpr std::size_t kMostComputeChecks = 4;
/// Weights with more elements are not calculated with: what is stored of them is read into memory, which may take four
/// bytes for each. The largest matrices of the models of today but for a few fit.
inline constexpr std::uint64_t kMostComputedElements = std::uint64_t{128} << 20U;

/// Calculates on a device with weights of a model that lie there, by LibTorch: of each floating-point type the largest
/// matrix and the largest convolution. The results are compared with what the model's file says, read anew: all of the
/// way from the disk is checked. A result that is wrong is logged.
///
/// Holds the loaded components meanwhile, so that they are neither moved nor given back, and not the engine thread. On
/// a job's thread; heard between and while reading, a cancel takes as long as one calculation. Problems: Unsupported,
/// when LibTorch is not there, or none of the weights can be calculated with; those of openModel() and readElements();
/// DeviceError; OutOfHostMemory; Cancelled.
[[nodiscard]] ComputeOutcome checkCompute(
    EngineServices& services, const ModelRecord& model, const Device& device, const std::stop_token& stop);

} // namespace weightroom::engine
