// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/thread_priority.h"

#include <sys/resource.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

/// Enough for the scheduler to prefer a thread of normal priority about three to one, and no more: on an idle machine
/// it changes nothing.
constexpr int kNiceness = 5;

} // namespace

void giveWayToOthers() noexcept
{
    // On Linux the priority belongs to the thread.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness);
}

} // namespace weightroom::engine
