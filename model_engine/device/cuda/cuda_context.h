// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/ids.h"
#include "model_engine/device/cuda/cuda_driver.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace weightroom::engine {

/// The primary context of one GPU (the one that LibTorch uses too), and the only door through which it is called.
///
/// It is retained by the first call that needs it, and given back by giveBack(): it takes 100 to 550 MiB of VRAM, and
/// with it the GPU draws more power and may not sleep, which is too much for somebody who has nothing loaded.
///
/// After an error that ends the use of the GPU the context is *lost*: every later call answers with that reason and
/// calls nothing, destructors included; what the GPU held is left to the driver, which takes it back when the process
/// ends.
///
/// Thread-safe. Each call makes the context current for its duration and restores what was current before.
class CudaContext {
public:
    CudaContext(std::shared_ptr<const CudaDriver> driver, CUdevice device, DeviceId id);
    ~CudaContext();
    CudaContext(const CudaContext&) = delete;
    CudaContext& operator=(const CudaContext&) = delete;

    /// Calls `function` with the context current. Written as ENGINE_CUDA_CALL(context, cuMemMap, …). Errors: those of
    /// the function, or of retaining the context: DeviceError, OutOfDeviceMemory, DeviceLost.
    template <class... Parameters, class... Arguments>
    [[nodiscard]] Result<> call(
        std::string_view name, CUresult (*CudaFunctions::*function)(Parameters...), Arguments&&... arguments)
    {
        if (auto entered = enter(); !entered)
            return entered;
        return leave(name, (m_driver->functions().*function)(std::forward<Arguments>(arguments)...));
    }
    /// Calls a function that needs no context. Written as ENGINE_CUDA_ASK(context, cuDeviceGetName, …).
    template <class... Parameters, class... Arguments>
    [[nodiscard]] Result<> ask(
        std::string_view name, CUresult (*CudaFunctions::*function)(Parameters...), Arguments&&... arguments)
    {
        if (auto lost = lostReason())
            return fail(*std::move(lost));
        return checked(name, (m_driver->functions().*function)(std::forward<Arguments>(arguments)...));
    }
    /// For destructors: the error is kept as the reason of a loss, if it is one; otherwise there is nothing left to do.
    template <class... Arguments>
    void callQuietly(Arguments&&... arguments) noexcept
    {
        [[maybe_unused]] const auto result = call(std::forward<Arguments>(arguments)...);
    }

    [[nodiscard]] bool isRetained() const;
    /// Gives the context back, unless somebody has something in it (CudaUse). The next call retains it anew.
    void giveBack();

    /// Ends the use of the GPU, for a failure that the driver's code does not call fatal and that nevertheless leaves
    /// nobody knowing what is under way. Returns what every later call answers.
    Error lose(Error reason);
    [[nodiscard]] std::optional<Error> lostReason() const;
    [[nodiscard]] const CudaDriver& driver() const { return *m_driver; }
    [[nodiscard]] CUdevice device() const { return m_device; }

private:
    friend class CudaUse;
    void beginUse();
    void endUse();
    [[nodiscard]] CUcontext retained() const;
    [[nodiscard]] Result<CUcontext> retain();
    [[nodiscard]] Result<> enter();
    [[nodiscard]] Result<> leave(std::string_view name, CUresult result);
    [[nodiscard]] Result<> checked(std::string_view name, CUresult result);
    void restore();
    [[nodiscard]] Error failed(CUresult result, std::string_view name);

    const std::shared_ptr<const CudaDriver> m_driver; ///< shared by the GPUs of the machine
    const CUdevice m_device;
    const DeviceId m_id;
    std::atomic<bool> m_isLost = false;
    mutable std::mutex m_mutex; ///< guards all that follows
    CUcontext m_context = nullptr; ///< nullptr: not retained
    std::size_t m_uses = 0;
    std::optional<Error> m_lostReason;
};

/// Keeps a context from being given back: by whoever has something in it, or is about to. Retains nothing itself. The
/// context must outlive it.
class CudaUse {
public:
    explicit CudaUse(CudaContext& context);
    CudaUse(CudaUse&& other) noexcept;
    CudaUse& operator=(CudaUse&& other) = delete;
    ~CudaUse();

    [[nodiscard]] CudaContext* context() const { return m_context; } ///< nullptr: moved from

private:
    CudaContext* m_context;
};

/// Calls one function of the driver: `ENGINE_CUDA_CALL(context, cuMemMap, address, …)` is a Result.
#define ENGINE_CUDA_CALL(context, function, ...) (context).call(#function, &CudaFunctions::function, __VA_ARGS__)

/// The same for a function that needs no context.
#define ENGINE_CUDA_ASK(context, function, ...) (context).ask(#function, &CudaFunctions::function, __VA_ARGS__)

/// ENGINE_CUDA_CALL, and returns its error from the calling function.
#define ENGINE_CUDA_CHECK(context, function, ...)                                                                      \
    do {                                                                                                               \
        if (auto called_ = ENGINE_CUDA_CALL(context, function, __VA_ARGS__); !called_)                                 \
            return ::weightroom::engine::fail(std::move(called_).error());                                             \
    } while (false)

} // namespace weightroom::engine
