// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// GetLibraryLayout: whose folder it is, before it is added to the library. PostLibraryExportPaths: tells ComfyUI of
/// the library. `services` must outlive the registry.
void addLayoutOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
