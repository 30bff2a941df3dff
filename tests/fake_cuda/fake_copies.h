// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cuda.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <set>

namespace weightroom::fake_cuda {

/// One asynchronous copy, or an event between copies.
struct Operation {
    std::byte* destination = nullptr;
    const std::byte* source = nullptr;
    std::size_t size = 0;
    bool isUpload = false;
    CUevent event = nullptr; ///< set: an event and no copy
};

/// Streams and events. Nothing is copied when a copy is issued: it is done when somebody waits for it, which is as late
/// as a GPU may be. So memory that is freed or read too early is found by the tests (and by AddressSanitizer).
/// Thread-safe.
class Copies {
public:
    CUstream makeStream();
    CUevent makeEvent();
    [[nodiscard]] bool destroy(CUstream stream);
    [[nodiscard]] bool destroy(CUevent event);
    [[nodiscard]] bool issue(CUstream stream, const Operation& operation);
    [[nodiscard]] bool finish(CUstream stream);
    [[nodiscard]] bool finishUpTo(CUevent event);
    [[nodiscard]] std::size_t streams() const;
    [[nodiscard]] std::size_t events() const;

    void reset();
    void clear();
    void corruptNextUpload();
    void holdAfter(std::uint64_t copies);
    void waitUntilHeld();
    void release();

private:
    using Queue = std::deque<Operation>;
    void run(std::unique_lock<std::mutex>& lock, Queue& queue, CUevent last);
    void copy(const Operation& operation);
    void passGate(std::unique_lock<std::mutex>& lock);

    static constexpr std::uint64_t kOpen = std::numeric_limits<std::uint64_t>::max();

    mutable std::mutex m_mutex; ///< guards all that follows
    std::condition_variable m_changed;
    std::map<CUstream, Queue> m_queues;
    std::set<CUevent> m_events;
    std::uintptr_t m_nextHandle = 0x1000;
    std::uint64_t m_passes = kOpen; ///< copies that may pass the gate
    bool m_isHeld = false;
    bool m_corruptsNext = false;
};

} // namespace weightroom::fake_cuda
