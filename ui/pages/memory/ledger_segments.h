// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/memory_view.h"
#include "ui/bridge/views/monitor_view.h"
#include "ui/widgets/memory/memory_segments.h"

namespace weightroom::ui {

/// The lines of a ledger as the parts of a gauge, those that are free last. They add up to the memory's total.
/// `owners`: the same memory as the engine knows it, which says what was unloaded and is still in use.
[[nodiscard]] QList<MemorySegment> ledgerSegments(const WatchedMemory& memory, const QList<MemoryOwner>& owners);

} // namespace weightroom::ui
