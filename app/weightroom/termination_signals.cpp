// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroom/termination_signals.h"

#include <QSocketNotifier>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace weightroom {
namespace {

/// A handler may only do what is safe at any instruction: it writes one byte, the event loop reads it.
int writeEnd = -1;

void onSignal(int)
{
    const char byte = 0;
    // A full pipe means that the wish is already known.
    [[maybe_unused]] const auto written = write(writeEnd, &byte, 1);
}

} // namespace

TerminationSignals::TerminationSignals(QObject* parent)
    : QObject(parent)
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return;
    m_readEnd = ends[0];
    writeEnd = ends[1];
    auto* notifier = new QSocketNotifier(m_readEnd, QSocketNotifier::Read, this);
    connect(notifier, &QSocketNotifier::activated, this, [this] {
        char byte = 0;
        [[maybe_unused]] const auto taken = read(m_readEnd, &byte, 1);
        Q_EMIT requested();
    });
    struct sigaction action { };
    action.sa_handler = onSignal;
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

TerminationSignals::~TerminationSignals()
{
    if (m_readEnd < 0)
        return;
    static_cast<void>(std::signal(SIGINT, SIG_DFL));
    static_cast<void>(std::signal(SIGTERM, SIG_DFL));
    close(m_readEnd);
    close(writeEnd);
    writeEnd = -1;
}

} // namespace weightroom
