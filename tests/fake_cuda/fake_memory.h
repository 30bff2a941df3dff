// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/fake_cuda/fake_cuda_control.h"

#include <cuda.h>

#include <map>
#include <vector>

namespace weightroom::fake_cuda {

/// What a GPU's allocations come in multiples of; NVIDIA's answer to CU_MEM_ALLOC_GRANULARITY_MINIMUM too.
inline constexpr std::size_t kGranularity = std::size_t{2} << 20U;

/// Virtual memory management on memfds: ranges are mappings without access, handles are memfds, mapping puts the one
/// over the other. As strict as the real thing: sizes, order, access rights and live mappings are checked. Not
/// thread-safe.
class Memory {
public:
    Memory() = default;
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    ~Memory() { clear(); }
    /// Gives back everything.
    void clear();
    [[nodiscard]] CUresult reserve(CUdeviceptr& address, std::size_t size);
    [[nodiscard]] CUresult freeRange(CUdeviceptr address, std::size_t size);
    [[nodiscard]] CUresult create(
        const Machine& machine, CUmemGenericAllocationHandle& handle, std::size_t size, int device);
    /// A descriptor that keeps the memory beyond the handle, as the driver's does.
    [[nodiscard]] CUresult exportHandle(CUmemGenericAllocationHandle handle, int& descriptor) const;
    [[nodiscard]] CUresult release(CUmemGenericAllocationHandle handle);
    [[nodiscard]] CUresult map(CUdeviceptr address, std::size_t size, CUmemGenericAllocationHandle handle);
    [[nodiscard]] CUresult unmap(CUdeviceptr address, std::size_t size);
    [[nodiscard]] CUresult setAccess(CUdeviceptr address, std::size_t size);

    /// Whether a copy may touch this range.
    [[nodiscard]] bool isAccessible(CUdeviceptr address, std::size_t size) const;
    [[nodiscard]] std::size_t used(int device) const;
    void count(Live& live) const;

private:
    struct Physical {
        int descriptor = -1;
        std::size_t size = 0;
        int device = 0;
        bool isReleased = false;
        int mappings = 0;
    };
    struct Mapping {
        std::size_t size = 0;
        CUmemGenericAllocationHandle handle = 0;
        bool isAccessible = false;
    };
    [[nodiscard]] bool isReserved(CUdeviceptr address, std::size_t size) const;
    [[nodiscard]] bool isMapped(CUdeviceptr address, std::size_t size) const;
    void dropIfUnused(CUmemGenericAllocationHandle handle);

    std::map<CUdeviceptr, std::size_t> m_ranges;
    std::map<CUmemGenericAllocationHandle, Physical> m_physical;
    std::map<CUdeviceptr, Mapping> m_mappings;
    CUmemGenericAllocationHandle m_nextHandle = 1;
};

} // namespace weightroom::fake_cuda
