// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/ids.h"
#include "model_engine/device/cuda/cuda_driver.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace weightroom::engine {

/// The primary context of one GPU (the one that LibTorch uses too), and the only door through which it is called.
///
/// After an error that ends the use of the GPU the context is *lost*: every later call answers with that reason and
/// calls nothing, destructors included; what the GPU held is left to the driver, which takes it back when the process
/// ends.
///
/// Thread-safe. Each call makes the context current for its duration and restores what was current before.
class CudaContext {
public:
    /// Errors: DeviceError, OutOfDeviceMemory, DeviceLost.
    [[nodiscard]] static Result<std::unique_ptr<CudaContext>> retain(
        std::shared_ptr<const CudaDriver> driver, CUdevice device, DeviceId id);
    ~CudaContext();
    CudaContext(const CudaContext&) = delete;
    CudaContext& operator=(const CudaContext&) = delete;

    /// Calls `function` with the context current. Written as ENGINE_CUDA_CALL(context, cuMemMap, …).
    template <class... Parameters, class... Arguments>
    [[nodiscard]] Result<> call(
        std::string_view name, CUresult (*CudaFunctions::*function)(Parameters...), Arguments&&... arguments)
    {
        if (auto entered = enter(); !entered)
            return entered;
        return leave(name, (m_driver->functions().*function)(std::forward<Arguments>(arguments)...));
    }
    /// For destructors: the error is kept as the reason of a loss, if it is one; otherwise there is nothing left to do.
    template <class... Arguments>
    void callQuietly(Arguments&&... arguments) noexcept
    {
        [[maybe_unused]] const auto result = call(std::forward<Arguments>(arguments)...);
    }

    /// Ends the use of the GPU, for a failure that the driver's code does not call fatal and that nevertheless leaves
    /// nobody knowing what is under way. Returns what every later call answers.
    Error lose(Error reason);
    [[nodiscard]] std::optional<Error> lostReason() const;
    [[nodiscard]] const CudaDriver& driver() const { return *m_driver; }
    [[nodiscard]] CUdevice device() const { return m_device; }

private:
    CudaContext(std::shared_ptr<const CudaDriver> driver, CUdevice device, DeviceId id, CUcontext context);
    [[nodiscard]] Result<> enter();
    [[nodiscard]] Result<> leave(std::string_view name, CUresult result);
    void restore();
    [[nodiscard]] Error failed(CUresult result, std::string_view name);

    const std::shared_ptr<const CudaDriver> m_driver; ///< shared by the GPUs of the machine
    const CUdevice m_device;
    const DeviceId m_id;
    CUcontext m_context;
    std::atomic<bool> m_isLost = false;
    mutable std::mutex m_mutex; ///< guards m_lostReason
    std::optional<Error> m_lostReason;
};

/// Calls one function of the driver: `ENGINE_CUDA_CALL(context, cuMemMap, address, …)` is a Result.
#define ENGINE_CUDA_CALL(context, function, ...) (context).call(#function, &CudaFunctions::function, __VA_ARGS__)

/// The same, and returns its error from the calling function.
#define ENGINE_CUDA_CHECK(context, function, ...)                                                                      \
    do {                                                                                                               \
        if (auto called_ = ENGINE_CUDA_CALL(context, function, __VA_ARGS__); !called_)                                 \
            return ::weightroom::engine::fail(std::move(called_).error());                                             \
    } while (false)

} // namespace weightroom::engine
