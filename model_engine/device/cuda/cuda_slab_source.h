// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/cuda/cuda_context.h"
#include "model_engine/memory/slabs/slab.h"

namespace weightroom::engine {

/// Slabs of VRAM through CUDA's virtual memory management: an address range, and a handle mapped into it. The handle
/// can be exported as a file descriptor where the GPU supports that. Thread-safe; the context must outlive it and its
/// slabs.
///
///     cuMemAddressReserve → cuMemCreate → cuMemMap → cuMemSetAccess      and back: unmap, release, free the addresses
class CudaSlabSource final : public SlabSource {
public:
    /// Asks the GPU what it supports, without its context. Errors: Unsupported without virtual memory management, and
    /// those of a call.
    [[nodiscard]] static Result<std::unique_ptr<CudaSlabSource>> make(CudaContext& context);

    [[nodiscard]] Bytes granularity() const override { return m_granularity; }
    /// Errors: OutOfDeviceMemory with what the driver says is free; DeviceError; DeviceLost.
    [[nodiscard]] Result<std::unique_ptr<Slab>> acquire(Bytes size) override;

private:
    CudaSlabSource(CudaContext& context, const CUmemAllocationProp& properties, Bytes granularity);
    [[nodiscard]] Error explained(Error error, Bytes size);

    CudaContext& m_context;
    const CUmemAllocationProp m_properties;
    const Bytes m_granularity;
};

} // namespace weightroom::engine
