// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/descriptor_limit.h"

#include <sys/resource.h>

namespace weightroom::engine {

std::uint64_t raiseDescriptorLimit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) != 0)
        return limit.rlim_cur; // then with what there is
    return raised.rlim_cur;
}

} // namespace weightroom::engine
