// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace weightroom::engine {

/// Lets the calling thread give way to others that want the processor: for threads that move bytes, so that a window
/// stays fluent on a machine with few cores. A refusal costs only that.
void giveWayToOthers() noexcept;

} // namespace weightroom::engine
