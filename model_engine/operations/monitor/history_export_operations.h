// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// post_history_export: metrics over a period, as a file for other programs. `services` must outlive the registry.
void addHistoryExportOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
