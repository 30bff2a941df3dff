// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/thread_priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

/// Enough for the scheduler to prefer a thread of normal priority about three to one, and no more: on an idle machine
/// it changes nothing.
constexpr int kNiceness = 5;
/// The lowest. Not SCHED_IDLE, which would let a thread stand still with a mutex in its hand.
constexpr int kLowestNiceness = 19;

// The C library has no function for the priority of reading and writing (ioprio_set(2)).
constexpr int kIoOfThread = 1;
constexpr int kIoIdleClass = 3;
constexpr int kIoClassShift = 13;

void setNiceness(int niceness)
{
    // On Linux the priority belongs to the thread.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
}

} // namespace

void giveWayToOthers() noexcept { setNiceness(kNiceness); }

void giveWayToAll() noexcept
{
    setNiceness(kLowestNiceness);
    ::syscall(SYS_ioprio_set, kIoOfThread, 0, kIoIdleClass << kIoClassShift);
}

} // namespace weightroom::engine
