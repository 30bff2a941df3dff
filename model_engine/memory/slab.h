// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/result.h"

#include <cstdint>
#include <memory>

namespace weightroom::engine {

/// A large block of memory of one device or of the RAM cache. Owned; the destructor gives it back to the system.
/// The slab is what will be exported to other processes; tensors are placed inside it by an Arena.
class Slab {
public:
    virtual ~Slab() = default;
    Slab(const Slab&) = delete;
    Slab& operator=(const Slab&) = delete;

    /// The first byte: a pointer's value for memory of the host, a CUdeviceptr for CUDA.
    [[nodiscard]] std::uint64_t address() const { return m_address; }
    [[nodiscard]] Bytes size() const { return m_size; }

protected:
    Slab(std::uint64_t address, Bytes size)
        : m_address(address)
        , m_size(size)
    {
    }

private:
    std::uint64_t m_address;
    Bytes m_size;
};

/// Where slabs come from: memfd mappings on the host (memory/memfd_slab_source.h), cuMemCreate on CUDA
/// (device/cuda_slab_source.h). Thread-safe. Capacity is the business of the Budget, not of the source.
class SlabSource {
public:
    virtual ~SlabSource() = default;
    /// Sizes are multiples of this (a power of two): the page size, or the allocation granularity of the driver.
    [[nodiscard]] virtual Bytes granularity() const = 0;
    /// `size` is a multiple of granularity(). Errors: OutOfHostMemory, OutOfDeviceMemory, DeviceError, DeviceLost.
    [[nodiscard]] virtual Result<std::unique_ptr<Slab>> acquire(Bytes size) = 0;
};

} // namespace weightroom::engine
