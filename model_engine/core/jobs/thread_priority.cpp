// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/thread_priority.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

/// Enough for the scheduler to prefer a thread of normal priority about three to one, and no more: on an idle machine
/// it changes nothing.
constexpr int kNiceness = 5;
// The lowest priorities that still get on. With the policy SCHED_IDLE, and the class of the disk of that name, a thread
// could stand still for long with a lock in its hand that others wait for.
constexpr int kLowestNiceness = 19;
constexpr int kIoLowestLevel = 7;

// The C library has no function for the priority of reading and writing (ioprio_set(2)).
constexpr int kIoOfThread = 1;
constexpr int kIoBestEffortClass = 2;
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
    ::syscall(SYS_ioprio_set, kIoOfThread, 0, (kIoBestEffortClass << kIoClassShift) | kIoLowestLevel);
}

} // namespace weightroom::engine
