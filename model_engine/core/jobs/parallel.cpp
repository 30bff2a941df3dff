// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/parallel.h"

#include "model_engine/core/jobs/helper_threads.h"

#include <algorithm>

namespace weightroom::engine {

void forEachIndex(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work)
{
    HelperThreads{std::max(threads, 1U) - 1}.forEachIndex(count, work);
}

} // namespace weightroom::engine
