// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/benchmark/benchmark_steps.h"

namespace weightroom::engine {

/// What the machine can do at best in what a benchmark measures: of the disk the model's largest file lies on, where it
/// is read from the disk; of the way to the device, and within it, on the device's own thread, which copies nothing
/// else meanwhile. On a job's thread; takes seconds.
[[nodiscard]] MachineLimits measureLimitsFor(
    EngineServices& services, const BenchmarkRequest& request, const ModelRecord& model, const std::stop_token& stop);

} // namespace weightroom::engine
