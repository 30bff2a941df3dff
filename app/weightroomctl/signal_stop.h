// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"

#include <stop_token>
#include <thread>

namespace weightroom::ctl {

/// Turns SIGINT and SIGTERM into a stop request, so that a running load rolls back before the program ends. A second
/// signal ends the program at once. Made before any other thread is: it blocks the signals, and new threads inherit
/// that.
class SignalStop {
public:
    SignalStop();
    ~SignalStop();
    SignalStop(const SignalStop&) = delete;
    SignalStop& operator=(const SignalStop&) = delete;

    [[nodiscard]] std::stop_token token() const { return m_stop.get_token(); }

private:
    void watch(const std::stop_token& end);

    std::stop_source m_stop;
    engine::UniqueFd m_signals;
    engine::UniqueFd m_end; ///< becomes readable when the watching should end
    std::jthread m_thread; ///< last: joined before the rest goes
};

} // namespace weightroom::ctl
