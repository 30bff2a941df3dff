// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <mutex>

namespace weightroom::test {

/// Holds threads at a point until the test lets them on, so that a test can look at what is under way without sleeping.
class Gate {
public:
    /// For the threads: says that one has arrived, and blocks until the gate is open.
    void pass()
    {
        std::unique_lock lock{m_mutex};
        ++m_arrivals;
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return m_isOpen; });
    }
    /// For the test: blocks until so many have arrived, counted from the beginning.
    void waitForArrivals(int count = 1)
    {
        std::unique_lock lock{m_mutex};
        m_changed.wait(lock, [&] { return m_arrivals >= count; });
    }
    void open()
    {
        const std::lock_guard lock{m_mutex};
        m_isOpen = true;
        m_changed.notify_all();
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    int m_arrivals = 0;
    bool m_isOpen = false;
};

} // namespace weightroom::test
