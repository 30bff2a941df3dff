// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_copies.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace weightroom::fake_cuda {

CUstream Copies::makeStream()
{
    const std::scoped_lock lock{m_mutex};
    const auto stream = reinterpret_cast<CUstream>(m_nextHandle++);
    m_queues[stream];
    return stream;
}

CUevent Copies::makeEvent()
{
    const std::scoped_lock lock{m_mutex};
    const auto event = reinterpret_cast<CUevent>(m_nextHandle++);
    m_events.insert(event);
    return event;
}

bool Copies::destroy(CUstream stream)
{
    const std::scoped_lock lock{m_mutex};
    return m_queues.erase(stream) == 1;
}

bool Copies::destroy(CUevent event)
{
    const std::scoped_lock lock{m_mutex};
    return m_events.erase(event) == 1;
}

bool Copies::issue(CUstream stream, const Operation& operation)
{
    const std::scoped_lock lock{m_mutex};
    const auto queue = m_queues.find(stream);
    if (queue == m_queues.end() || (operation.event && !m_events.contains(operation.event)))
        return false;
    queue->second.push_back(operation);
    return true;
}

bool Copies::finish(CUstream stream)
{
    std::unique_lock lock{m_mutex};
    const auto queue = m_queues.find(stream);
    if (queue == m_queues.end())
        return false;
    run(lock, queue->second, nullptr);
    return true;
}

bool Copies::finishUpTo(CUevent event)
{
    std::unique_lock lock{m_mutex};
    if (!m_events.contains(event))
        return false;
    for (auto& [stream, queue] : m_queues) {
        if (std::ranges::find(queue, event, &Operation::event) != queue.end())
            run(lock, queue, event);
    }
    return true;
}

std::size_t Copies::streams() const
{
    const std::scoped_lock lock{m_mutex};
    return m_queues.size();
}

std::size_t Copies::events() const
{
    const std::scoped_lock lock{m_mutex};
    return m_events.size();
}

void Copies::reset()
{
    const std::scoped_lock lock{m_mutex};
    m_passes = kOpen;
    m_corruptsNext = false;
    m_changed.notify_all();
}

/// Forgets streams and events, and the copies that nobody waited for.
void Copies::clear()
{
    const std::scoped_lock lock{m_mutex};
    m_queues.clear();
    m_events.clear();
}

void Copies::corruptNextUpload()
{
    const std::scoped_lock lock{m_mutex};
    m_corruptsNext = true;
}

void Copies::holdAfter(std::uint64_t copies)
{
    const std::scoped_lock lock{m_mutex};
    m_passes = copies;
}

void Copies::waitUntilHeld()
{
    std::unique_lock lock{m_mutex};
    m_changed.wait(lock, [this] { return m_isHeld; });
}

void Copies::release()
{
    const std::scoped_lock lock{m_mutex};
    m_passes = kOpen;
    m_changed.notify_all();
}

/// Does what is queued, up to the event `last` or all of it.
void Copies::run(std::unique_lock<std::mutex>& lock, Queue& queue, CUevent last)
{
    while (!queue.empty()) {
        const Operation operation = queue.front();
        queue.pop_front();
        if (operation.event && operation.event == last)
            return;
        if (operation.event)
            continue;
        passGate(lock);
        copy(operation);
    }
}

void Copies::copy(const Operation& operation)
{
    std::memcpy(operation.destination, operation.source, operation.size);
    if (operation.isUpload && std::exchange(m_corruptsNext, false))
        operation.destination[operation.size / 2] ^= std::byte{0x10};
}

void Copies::passGate(std::unique_lock<std::mutex>& lock)
{
    if (m_passes == kOpen)
        return;
    m_isHeld = m_passes == 0;
    m_changed.notify_all();
    m_changed.wait(lock, [this] { return m_passes > 0; });
    m_isHeld = false;
    if (m_passes != kOpen)
        --m_passes;
}

} // namespace weightroom::fake_cuda
