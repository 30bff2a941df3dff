// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace weightroom {

/// Ends the program when it does not end by itself: a job inside a network drive that does not answer cannot be
/// cancelled, and nobody wants a program without a window to stay. What is half done is left as after a crash, which
/// every writer of files is made for.
class EndDeadline {
public:
    EndDeadline() = default;
    /// The program ends with EXIT_FAILURE, and a word on standard error, unless this is destroyed before.
    void begin(std::chrono::milliseconds patience);

private:
    void wait(const std::stop_token& stop, std::chrono::milliseconds patience);

    std::mutex m_mutex; ///< only for the wait
    std::condition_variable_any m_end;
    std::jthread m_thread; ///< last: joined before the rest goes
};

} // namespace weightroom
