// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/cache_pinning.h"
#include "model_engine/core/system/log.h"
#include "model_engine/device/device.h"
#include "model_engine/loader/precision/converting_upload.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

namespace weightroom::engine {

class TransferLane;

/// The copies of one load to one device. Steps are handed in as their bytes arrive from the disk, by any thread; the
/// lane's thread copies them, and converts those that are to be, while the disk reads on. The destructor abandons what
/// has not begun and waits until no copy is under way, so that the memory on both sides may be given back after it.
class Transfer {
public:
    using Progress = std::function<void(Bytes)>;

    Transfer(TransferLane& lane, std::stop_token stop, Progress progress);
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    void push(CopyStep step);
    void push(ConversionStep step);
    /// Drops all steps and work that have not begun; what is under way goes on. Returns at once.
    void abandon();
    /// Waits for all steps so far. Errors: those of Device::upload, the first one.
    [[nodiscard]] Result<> finish();
    /// Runs `work` on the device's thread, after the steps so far, and waits for it: for reading back.
    [[nodiscard]] Result<> run(std::function<Result<>(Device&)> work);
    /// Time in which the lane was copying for this transfer.
    [[nodiscard]] std::chrono::duration<double> busyTime() const;
    /// Time of that in which elements were converted, beside copies or not.
    [[nodiscard]] std::chrono::duration<double> convertingTime() const;

private:
    friend class TransferLane;
    TransferLane& m_lane;
    const std::stop_token m_stop;
    const Progress m_progress;

    // Guarded by the lane's mutex
    std::vector<CopyStep> m_steps;
    std::vector<ConversionStep> m_conversions;
    std::function<Result<>(Device&)> m_work;
    bool m_isQueued = false; ///< in the lane's queue or under way
    std::optional<Error> m_error;
    std::chrono::duration<double> m_busy{};
    std::chrono::duration<double> m_converting{};

    /// What the lane has taken to carry out.
    struct Portion {
        std::vector<CopyStep> steps;
        std::vector<ConversionStep> conversions;
        std::function<Result<>(Device&)> work;
    };
    [[nodiscard]] Portion take();
    [[nodiscard]] bool hasMore() const;
};

/// The transfer thread of one device: it alone uploads to it and downloads from it. Must outlive its transfers.
class TransferLane {
public:
    /// How long nothing is to be copied before an idle device rests. As long as others keep a model that nobody uses
    /// (ollama): who works with it must not wait for a new context, and for pinning, each time.
    static constexpr std::chrono::milliseconds kRestAfter = std::chrono::minutes{5};

    /// `pinning`: of the cache out of which is copied, for a device that wants its memory pinned. It must outlive this.
    TransferLane(Device& device, LogSink& log, CachePinning* pinning = nullptr,
        std::chrono::milliseconds restAfter = kRestAfter);
    ~TransferLane();
    TransferLane(const TransferLane&) = delete;
    TransferLane& operator=(const TransferLane&) = delete;

    [[nodiscard]] Device& device() { return m_device; }

private:
    friend class Transfer;
    void enqueue(Transfer& transfer); ///< with the mutex held
    void waitUntilIdle(Transfer& transfer, std::unique_lock<std::mutex>& lock);
    void loop(const std::stop_token& stop);
    bool waitForWork(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
    void restIfIdle();
    Result<> copy(std::span<const CopyStep> steps, const Transfer& transfer);
    Result<> carryOut(const Transfer::Portion& portion, const Transfer& transfer);

    Device& m_device;
    LogSink& m_log;
    CachePinning* const m_pinning;
    const std::chrono::milliseconds m_restAfter;
    ConvertingUpload m_converting; ///< used by the lane's thread
    std::mutex m_mutex; ///< guards m_queue and the state of the transfers
    std::condition_variable_any m_wakeup;
    std::condition_variable_any m_idle;
    std::deque<Transfer*> m_queue;
    std::jthread m_thread; ///< last: joined before the rest goes
};

} // namespace weightroom::engine
