// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/transfer_lane.h"

#include "model_engine/core/jobs/thread_priority.h"

#include <exception>
#include <new>
#include <utility>

namespace weightroom::engine {

Transfer::Transfer(TransferLane& lane, std::stop_token stop, Progress progress)
    : m_lane(lane)
    , m_stop(std::move(stop))
    , m_progress(std::move(progress))
{
}

Transfer::~Transfer()
{
    abandon();
    std::unique_lock lock{m_lane.m_mutex};
    m_lane.waitUntilIdle(*this, lock);
}

void Transfer::abandon()
{
    const std::lock_guard lock{m_lane.m_mutex};
    m_steps.clear();
    m_conversions.clear();
    m_work = nullptr;
}

void Transfer::push(CopyStep step)
{
    const std::lock_guard lock{m_lane.m_mutex};
    if (m_error)
        return;
    m_steps.push_back(step);
    m_lane.enqueue(*this);
}

void Transfer::push(ConversionStep step)
{
    const std::lock_guard lock{m_lane.m_mutex};
    if (m_error)
        return;
    m_conversions.push_back(step);
    m_lane.enqueue(*this);
}

Result<> Transfer::finish()
{
    std::unique_lock lock{m_lane.m_mutex};
    m_lane.waitUntilIdle(*this, lock);
    if (m_error)
        return fail(*m_error);
    return {};
}

Result<> Transfer::run(std::function<Result<>(Device&)> work)
{
    {
        const std::lock_guard lock{m_lane.m_mutex};
        m_work = std::move(work);
        m_lane.enqueue(*this);
    }
    return finish();
}

std::chrono::duration<double> Transfer::busyTime() const
{
    const std::lock_guard lock{m_lane.m_mutex};
    return m_busy;
}

std::chrono::duration<double> Transfer::convertingTime() const
{
    const std::lock_guard lock{m_lane.m_mutex};
    return m_converting;
}

Transfer::Portion Transfer::take()
{
    return {.steps = std::exchange(m_steps, {}),
        .conversions = std::exchange(m_conversions, {}),
        .work = m_error ? nullptr : std::exchange(m_work, nullptr)};
}

bool Transfer::hasMore() const { return !m_error && (!m_steps.empty() || !m_conversions.empty() || m_work); }

TransferLane::TransferLane(Device& device, LogSink& log, CachePinning* pinning, std::chrono::milliseconds restAfter)
    : m_device(device)
    , m_log(log)
    , m_pinning(pinning)
    , m_restAfter(restAfter)
    , m_converting(device)
    , m_thread([this](const std::stop_token& stop) { loop(stop); })
{
}

TransferLane::~TransferLane() = default;

void TransferLane::enqueue(Transfer& transfer)
{
    if (std::exchange(transfer.m_isQueued, true))
        return;
    m_queue.push_back(&transfer);
    m_wakeup.notify_one();
}

void TransferLane::waitUntilIdle(Transfer& transfer, std::unique_lock<std::mutex>& lock)
{
    m_idle.wait(lock, [&] { return !transfer.m_isQueued; });
}

/// The lane is stopped when there is none.
bool TransferLane::waitForWork(std::unique_lock<std::mutex>& lock, const std::stop_token& stop)
{
    while (!m_wakeup.wait_for(lock, stop, m_restAfter, [this] { return !m_queue.empty(); })) {
        if (stop.stop_requested())
            return false;
        lock.unlock();
        restIfIdle();
        lock.lock();
    }
    return true;
}

/// What is registered with it goes first.
void TransferLane::restIfIdle()
{
    if (m_device.use() != DeviceUse::Idle)
        return;
    m_converting.giveBack();
    if (m_pinning)
        m_pinning->release(m_device);
    m_device.rest();
}

void TransferLane::loop(const std::stop_token& stop)
{
    giveWayToOthers();
    while (true) {
        std::unique_lock lock{m_mutex};
        if (!waitForWork(lock, stop))
            return;
        Transfer& transfer = *m_queue.front();
        m_queue.pop_front();
        const Transfer::Portion portion = transfer.take();
        lock.unlock();

        const auto begin = std::chrono::steady_clock::now();
        const auto convertedBefore = m_converting.convertingTime();
        auto done = carryOut(portion, transfer);

        lock.lock();
        transfer.m_busy += std::chrono::steady_clock::now() - begin;
        transfer.m_converting += m_converting.convertingTime() - convertedBefore;
        if (!done && !transfer.m_error)
            transfer.m_error = std::move(done).error();
        transfer.m_isQueued = false;
        // Steps that came meanwhile go to the end of the queue: loads of several models to one device take turns.
        if (transfer.hasMore())
            enqueue(transfer);
        else
            m_idle.notify_all();
    }
}

/// In one go where the memory is pinned; else one slab after the other, so that a cancel comes in between.
Result<> TransferLane::copy(std::span<const CopyStep> steps, const Transfer& transfer)
{
    if (steps.empty())
        return {};
    if (!m_pinning)
        return m_device.upload(steps, transfer.m_stop, transfer.m_progress);
    const auto copying = m_pinning->beginCopying();
    while (!steps.empty()) {
        const auto ready = steps.first(m_pinning->pinNext(m_device, steps));
        if (auto copied = m_device.upload(ready, transfer.m_stop, transfer.m_progress); !copied)
            return copied;
        steps = steps.subspan(ready.size());
    }
    return {};
}

Result<> TransferLane::carryOut(const Transfer::Portion& portion, const Transfer& transfer)
try {
    if (auto copied = copy(portion.steps, transfer); !copied)
        return copied;
    if (!portion.conversions.empty()) {
        if (auto copied = m_converting.run(portion.conversions, transfer.m_stop, transfer.m_progress); !copied)
            return copied;
    }
    return portion.work ? portion.work(m_device) : Result<>{};
} catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfHostMemory, "the system gave no more memory", {.memoryType = "system"});
} catch (const std::exception& error) {
    m_log.write(LogLevel::Error, std::string{"The transfer thread caught an exception: "} + error.what());
    return fail(ErrorCode::Internal, error.what());
}

} // namespace weightroom::engine
