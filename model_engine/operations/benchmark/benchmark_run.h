// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/benchmark/benchmark_steps.h"

namespace weightroom::engine {

/// Carries out a benchmark: the limits of the machine, then model after model as BenchmarkSteps does it. What lies in
/// memory of the models is brought back at the end, also after a cancel or an error; nothing else is left. A model that
/// cannot be measured has that as its problem, and the others go on.
///
/// The report says how it has ended: Finished; Cancelled, with what was measured until then; Failed, where every model
/// has a problem. On a job's thread, with the progress in steps. Errors, all before anything was done: Busy, for a
/// model that another job is at work on, and while another benchmark runs; ModelNotFound, ModelUnusable,
/// ComponentNotFound, LeaseHeld; FeatureOff, when something is to be converted and may not. And where no iteration was
/// completed: Cancelled, or the problem of the first model.
[[nodiscard]] Result<BenchmarkReport> runBenchmark(
    EngineServices& services, const BenchmarkRequest& request, RunningBenchmark& running, JobContext& job);

} // namespace weightroom::engine
