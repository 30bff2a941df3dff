// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/cuda/cuda_slab_source.h"
#include "model_engine/device/cuda/cuda_stream.h"
#include "model_engine/device/device.h"
#include "model_engine/device/nvml/free_gpu_memory.h"

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace weightroom::engine {

/// One NVIDIA GPU, on the driver API. Its memory comes in slabs of VRAM; copies are asynchronous, on a stream of its
/// own. There is a context on it only while it is used (decision 24): until then NVML says how much of it is free.
class CudaDevice final : public Device {
public:
    /// Opens the GPU of this number; it becomes `id`. `headroom` of its memory is left to others. Makes no context.
    /// Errors: Unsupported (no virtual memory management), DeviceError, DeviceLost.
    [[nodiscard]] static Result<std::unique_ptr<CudaDevice>> open(std::shared_ptr<const CudaDriver> driver,
        CUdevice device, const DeviceId& id, Bytes headroom, const std::string& nvmlLibrary);

    [[nodiscard]] const DeviceDescription& description() const override { return m_description; }
    [[nodiscard]] Arena& arena() override { return m_arena; }
    [[nodiscard]] Result<DeviceMemory> memory() const override;
    [[nodiscard]] std::optional<Error> lostReason() const override { return m_context->lostReason(); }

    [[nodiscard]] Result<> upload(
        std::span<const CopyStep> steps, std::stop_token stop, const std::function<void(Bytes)>& progress) override;
    [[nodiscard]] Result<> download(std::uint64_t source, std::span<std::byte> destination) override;
    [[nodiscard]] Result<> copyWithin(std::uint64_t source, std::uint64_t destination, Bytes size) override;
    [[nodiscard]] Result<std::unique_ptr<HostRegistration>> registerHostMemory(std::span<std::byte> memory) override;
    /// Where only CUDA can say how much memory is free it is always used: its context would be made again a second
    /// later.
    [[nodiscard]] DeviceUse use() const override;
    void rest() override;

private:
    CudaDevice(std::unique_ptr<CudaContext> context, std::unique_ptr<CudaSlabSource> source,
        DeviceDescription description, Bytes total, const std::string& nvmlLibrary);
    [[nodiscard]] Result<CudaCopyStream*> stream();

    // Destroyed from the last to the first: the context goes last.
    const std::unique_ptr<CudaContext> m_context;
    std::optional<CudaCopyStream> m_stream; ///< made by the first copy; used by the thread of the copies
    const std::unique_ptr<CudaSlabSource> m_source;
    const DeviceDescription m_description;
    const Bytes m_total; ///< of the GPU, as CUDA counts it
    mutable FreeGpuMemory m_free;
    mutable std::atomic<bool> m_needsContext = false; ///< NVML did not say how much is free
    Budget m_budget;
    Arena m_arena;
};

} // namespace weightroom::engine
