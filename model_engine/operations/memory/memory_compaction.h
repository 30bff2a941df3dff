// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/contents/compactor.h"
#include "model_engine/operations/engine_services.h"

namespace weightroom::engine {

/// Brings together what lies in sparse slabs of one memory, and gives what that frees back to the system. On a job's
/// thread. Errors: those of Compactor::compact().
[[nodiscard]] Result<CompactionOutcome> compactCache(EngineServices& services, const CompactionControl& control);
[[nodiscard]] Result<CompactionOutcome> compactDevice(
    EngineServices& services, TransferLane& lane, const CompactionControl& control);

} // namespace weightroom::engine
