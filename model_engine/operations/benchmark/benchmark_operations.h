// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// model.post_model_benchmark and model.get_model_benchmark_progress, and what is done with reports: see
/// addBenchmarkReportOperations(). The services must outlive the registry.
void addBenchmarkOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
