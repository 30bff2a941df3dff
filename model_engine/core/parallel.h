// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>

namespace weightroom::engine {

/// Calls `work` once for each index below `count`, on up to `threads` threads of which the caller's is one, and returns
/// when all calls have ended. Which thread takes which index is not defined: each call writes to a place of its own. A
/// thread that cannot be started costs speed only: the others take its share. An exception ends the work on its thread
/// and is thrown again here when all threads have ended; the other threads go on.
void forEachIndex(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work);

} // namespace weightroom::engine
