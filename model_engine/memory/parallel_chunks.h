// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <functional>

namespace weightroom::engine {

/// Does `work(begin, size)` for a range of `total` bytes, cut into as many parts as there are threads, and waits for
/// all of them. One part is done by the caller. Parts begin at multiples of the page size. `work` must not throw; it
/// runs on several threads at once. A thread that cannot be started costs speed only: the caller then does its part
/// too.
void forEachPart(Bytes total, unsigned threads, const std::function<void(std::uint64_t begin, Bytes size)>& work);

} // namespace weightroom::engine
