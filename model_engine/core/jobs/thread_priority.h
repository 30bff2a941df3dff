// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace weightroom::engine {

/// Lets the calling thread give way to others that want the processor: for threads that move bytes, so that a window
/// stays fluent on a machine with few cores. A refusal costs only that.
void giveWayToOthers() noexcept;

/// Lets the calling thread come last at the processor and at the disk: for work that nobody waits for. A refusal costs
/// only that; there are disks whose scheduler has no priorities.
void giveWayToAll() noexcept;

} // namespace weightroom::engine
