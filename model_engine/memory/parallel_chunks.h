// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <functional>

namespace weightroom::engine {

/// Does `work(begin, size)` for a range of `total` bytes, cut into at most as many parts as there are threads, and
/// waits for all of them. Parts begin at multiples of the page size. For threads and exceptions, see forEachIndex().
void forEachPart(Bytes total, unsigned threads, const std::function<void(std::uint64_t begin, Bytes size)>& work);

} // namespace weightroom::engine
