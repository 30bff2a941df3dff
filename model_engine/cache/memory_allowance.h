// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/system/memory_reading.h"

namespace weightroom::engine {

/// What decides how much of the system's memory the cache may have.
struct AllowanceRequest {
    MemoryReading memory;
    Bytes held; ///< by the cache, ready slabs included
    Bytes budget; ///< what the user allows
    Bytes reserve; ///< what other programs are to find free
    /// Share of the time since the last reading in which some thread waited for memory; 0 where that is not known.
    double stalled = 0;
};

struct Allowance {
    Bytes capacity; ///< what the cache may hold; at most the budget
    Bytes toGiveBack; ///< how much of what it holds has to go
};

/// The cache may hold what it holds and what is free beyond the reserve, up to its budget. Where less than the reserve
/// is free it gives back what is missing, and a quarter of the reserve more, so that it need not do so again at once;
/// where threads wait for memory although the reserve is free, an eighth of what it holds, until they no longer do.
[[nodiscard]] Allowance allowanceFor(const AllowanceRequest& request);

/// A tenth of `total`, from 512 MiB to 8 GiB: earlyoom begins to end programs at a tenth.
[[nodiscard]] Bytes defaultMemoryReserve(Bytes total);

} // namespace weightroom::engine
