// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// PostSampleLibrary: a library of valid models to try Weightroom with. `services` must outlive the registry.
void addLibraryOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
