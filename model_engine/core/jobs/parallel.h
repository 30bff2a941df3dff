// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <functional>

namespace weightroom::engine {

/// Calls `work` once for each index below `count`, on up to `threads` threads of which the caller's is one, and returns
/// when all calls have ended. The others are started for this call and end with it: for work that takes long. For more,
/// see HelperThreads::forEachIndex().
void forEachIndex(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work);

} // namespace weightroom::engine
