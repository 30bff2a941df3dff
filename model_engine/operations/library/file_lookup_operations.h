// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// model.get_model_of_file: for programs that know files and not ids.
void addFileLookupOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
