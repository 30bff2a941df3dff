// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace weightroom::engine {

struct EngineServices;
class OperationRegistry;

/// All operations of the engine. `services` must outlive the registry.
void addAllOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
