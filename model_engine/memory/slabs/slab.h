// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/files/file.h"
#include "model_engine/core/result.h"

#include <cstdint>
#include <memory>
#include <span>

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
    /// A descriptor by which another process maps all of it, and which keeps the memory as long as anybody has it:
    /// of a memfd that can only be read and privately written, or of CUDA's shareable kind, which gives all rights.
    /// Asks the system or the driver. Any thread. Errors: Unsupported, for memory that cannot be handed out; IoError,
    /// DeviceError, DeviceLost.
    [[nodiscard]] virtual Result<UniqueFd> exportDescriptor()
    {
        return fail(ErrorCode::Unsupported, "this memory cannot be handed to other processes");
    }
    /// Whether who maps an exported descriptor can change the bytes for all.
    [[nodiscard]] virtual bool isExportWritable() const { return false; }

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

/// How far a slab is that was acquired bare.
enum class Preparation : std::uint8_t { None = 0, Begun, Complete };

/// Where slabs come from: mappings on the host (memory/slabs/host_slab_source.h), cuMemCreate on CUDA
/// (device/cuda/cuda_slab_source.h), and a pool that keeps them (memory/slabs/slab_pool.h). Thread-safe. Capacity is the business
/// of the Budget, not of the source.
class SlabSource {
public:
    virtual ~SlabSource() = default;
    /// Sizes are multiples of this (a power of two): the page size, or the allocation granularity of the driver.
    [[nodiscard]] virtual Bytes granularity() const = 0;
    /// `size` is a multiple of granularity(). Errors: OutOfHostMemory, OutOfDeviceMemory, DeviceError, DeviceLost.
    [[nodiscard]] virtual Result<std::unique_ptr<Slab>> acquire(Bytes size) = 0;
    /// Told before the slabs of one load are acquired; sizes as they will be.
    virtual void noteBatch(std::span<const Bytes>) { }

    // For idle time: the same in steps, each of which is short. A source that has no such steps does all in the first.

    /// A slab of which prepare() has to do what takes long.
    [[nodiscard]] virtual Result<std::unique_ptr<Slab>> acquireBare(Bytes size) { return acquire(size); }
    /// Goes on with a slab of this source by about `most` bytes. One thread at a time for a slab, which nobody uses
    /// yet.
    [[nodiscard]] virtual Result<Preparation> prepare(Slab&, Bytes) { return Preparation::Complete; }
    /// Brings a slab of this source to where acquire() would have brought it.
    [[nodiscard]] virtual Result<> complete(Slab&) { return {}; }
};

} // namespace weightroom::engine
