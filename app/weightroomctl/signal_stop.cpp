// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/signal_stop.h"

#include "app/weightroomctl/exit_status.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace weightroom::ctl {
namespace {

sigset_t stopSignals()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    return signals;
}

} // namespace

SignalStop::SignalStop()
{
    const sigset_t signals = stopSignals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    m_signals = engine::UniqueFd{signalfd(-1, &signals, SFD_CLOEXEC)};
    m_end = engine::UniqueFd{eventfd(0, EFD_CLOEXEC)};
    if (!m_signals.isOpen() || !m_end.isOpen())
        throw std::system_error{errno, std::generic_category(), "could not watch for signals"};
    m_thread = std::jthread{[this](const std::stop_token& end) { watch(end); }};
}

SignalStop::~SignalStop()
{
    m_thread.request_stop();
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(m_end.get(), &one, sizeof one);
}

void SignalStop::watch(const std::stop_token& end)
{
    std::array<pollfd, 2> waitedFor{{{m_signals.get(), POLLIN, 0}, {m_end.get(), POLLIN, 0}}};
    while (!end.stop_requested()) {
        if (::poll(waitedFor.data(), waitedFor.size(), -1) < 0 || !(waitedFor[0].revents & POLLIN))
            continue;
        signalfd_siginfo signal{};
        if (::read(m_signals.get(), &signal, sizeof signal) != sizeof signal)
            continue;
        if (!m_stop.request_stop())
            ::_exit(static_cast<int>(ExitStatus::Cancelled));
    }
}

} // namespace weightroom::ctl
