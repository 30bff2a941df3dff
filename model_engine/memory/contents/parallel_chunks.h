// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/jobs/helper_threads.h"

#include <functional>

namespace weightroom::engine {

/// Does `work(begin, size)` for a range of `total` bytes, cut into at most as many parts as there are threads, and
/// waits for all of them. Parts begin at multiples of the page size. For threads and exceptions, see forEachIndex().
void forEachPart(Bytes total, unsigned threads, const std::function<void(std::uint64_t begin, Bytes size)>& work);

/// The same with threads that are there: a part for each of `helpers`, and one for the caller.
void forEachPart(Bytes total, HelperThreads& helpers, const std::function<void(std::uint64_t begin, Bytes size)>& work);

} // namespace weightroom::engine
