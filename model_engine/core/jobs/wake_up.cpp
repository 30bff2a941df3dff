// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/wake_up.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

/// poll(2) takes an int; who waits looks again after this.
constexpr std::chrono::milliseconds kLongestWait{60'000};

constexpr short eventOf(WakeUp::Sign sign) { return sign == WakeUp::Sign::Urgent ? POLLPRI : POLLIN; }

} // namespace

Result<WakeUp> WakeUp::make()
{
    UniqueFd descriptor{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    if (!descriptor.isOpen())
        return fail(systemError(errno, "make an event for", "waking a thread"));
    return WakeUp{std::move(descriptor)};
}

void WakeUp::wake() const
{
    const std::uint64_t one = 1;
    if (::write(m_descriptor.get(), &one, sizeof one) < 0)
        return; // the counter is full: it wakes all the same
}

void WakeUp::wait(Source other, std::chrono::milliseconds longest) const
{
    // poll(2) leaves out what has the number -1.
    std::array<pollfd, 2> sources{pollfd{.fd = m_descriptor.get(), .events = POLLIN, .revents = 0},
        pollfd{.fd = other.descriptor, .events = eventOf(other.sign), .revents = 0}};
    longest = std::clamp(longest, std::chrono::milliseconds{0}, kLongestWait);
    ::poll(sources.data(), sources.size(), static_cast<int>(longest.count()));
    std::uint64_t count = 0;
    while (::read(m_descriptor.get(), &count, sizeof count) > 0) { }
}

} // namespace weightroom::engine
