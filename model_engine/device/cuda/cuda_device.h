// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/cuda/cuda_slab_source.h"
#include "model_engine/device/cuda/cuda_stream.h"
#include "model_engine/device/device.h"

#include <memory>

namespace weightroom::engine {

/// One NVIDIA GPU, on the driver API. Its memory comes in slabs of VRAM; copies are asynchronous, on a stream of its
/// own.
class CudaDevice final : public Device {
public:
    /// Opens the GPU of this number; it becomes `id`. `headroom` of its memory is left to others.
    /// Errors: Unsupported (no virtual memory management), DeviceError, DeviceLost, OutOfDeviceMemory.
    [[nodiscard]] static Result<std::unique_ptr<CudaDevice>> open(
        std::shared_ptr<const CudaDriver> driver, CUdevice device, const DeviceId& id, Bytes headroom);

    [[nodiscard]] const DeviceDescription& description() const override { return m_description; }
    [[nodiscard]] Arena& arena() override { return m_arena; }
    [[nodiscard]] Result<DeviceMemory> memory() const override;
    [[nodiscard]] std::optional<Error> lostReason() const override { return m_context->lostReason(); }

    [[nodiscard]] Result<> upload(
        std::span<const CopyStep> steps, std::stop_token stop, const std::function<void(Bytes)>& progress) override;
    [[nodiscard]] Result<> download(std::uint64_t source, std::span<std::byte> destination) override;
    [[nodiscard]] Result<> copyWithin(std::uint64_t source, std::uint64_t destination, Bytes size) override;
    [[nodiscard]] Result<std::unique_ptr<HostRegistration>> registerHostMemory(std::span<std::byte> memory) override;

private:
    CudaDevice(std::unique_ptr<CudaContext> context, CudaCopyStream stream, std::unique_ptr<CudaSlabSource> source,
        DeviceDescription description);

    // Destroyed from the last to the first: the context goes last.
    const std::unique_ptr<CudaContext> m_context;
    CudaCopyStream m_stream;
    const std::unique_ptr<CudaSlabSource> m_source;
    const DeviceDescription m_description;
    Budget m_budget;
    Arena m_arena;
};

} // namespace weightroom::engine
