// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/memory_ledger.h"
#include "model_engine/operations/snapshot.h"

namespace weightroom::engine {

/// What the engine has in a memory, for its ledger. Their sum is what is held, and what is kept ready.
[[nodiscard]] OwnMemory ownMemoryOf(const DeviceState& device);
[[nodiscard]] OwnMemory ownMemoryOf(const CacheState& cache);

} // namespace weightroom::engine
