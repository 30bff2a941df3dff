// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// The operations on the reports that are kept of benchmarks: listed, compared, exported, deleted. The services must
/// outlive the registry.
void addBenchmarkReportOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
