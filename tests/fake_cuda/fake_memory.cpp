// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_memory.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace weightroom::fake_cuda {
namespace {

bool isWhole(std::size_t size) { return size > 0 && size % kGranularity == 0; }

void* pointer(CUdeviceptr address) { return reinterpret_cast<void*>(address); }

/// The entry of `ranges` (size by address) that holds all of a range, or the end.
template <class Ranges, class SizeOf>
auto findAround(const Ranges& ranges, CUdeviceptr address, std::size_t size, SizeOf sizeOf)
{
    auto found = ranges.upper_bound(address);
    if (found == ranges.begin())
        return ranges.end();
    --found;
    const std::size_t offset = address - found->first;
    const bool isInside = offset <= sizeOf(found->second) && size <= sizeOf(found->second) - offset;
    return isInside ? found : ranges.end();
}

} // namespace

void Memory::clear()
{
    for (const auto& [address, size] : m_ranges) // with what is mapped into it
        ::munmap(pointer(address), size);
    for (const auto& [handle, physical] : m_physical)
        ::close(physical.descriptor);
    m_ranges.clear();
    m_physical.clear();
    m_mappings.clear();
}

/// Aligned to the granularity, as the driver's are: one more is mapped and cut off at both ends.
CUresult Memory::reserve(CUdeviceptr& address, std::size_t size)
{
    if (!isWhole(size))
        return CUDA_ERROR_INVALID_VALUE;
    void* mapped = ::mmap(nullptr, size + kGranularity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED)
        return CUDA_ERROR_OUT_OF_MEMORY;
    const auto begin = reinterpret_cast<CUdeviceptr>(mapped);
    address = (begin + kGranularity - 1) / kGranularity * kGranularity;
    if (address > begin)
        ::munmap(mapped, address - begin);
    if (const std::size_t behind = begin + kGranularity - address; behind > 0)
        ::munmap(pointer(address + size), behind);
    m_ranges[address] = size;
    return CUDA_SUCCESS;
}

CUresult Memory::freeRange(CUdeviceptr address, std::size_t size)
{
    const auto range = m_ranges.find(address);
    const auto mapping = m_mappings.lower_bound(address);
    const bool isStillMapped = mapping != m_mappings.end() && mapping->first < address + size;
    if (range == m_ranges.end() || range->second != size || isStillMapped)
        return CUDA_ERROR_INVALID_VALUE;
    ::munmap(pointer(address), size);
    m_ranges.erase(range);
    return CUDA_SUCCESS;
}

CUresult Memory::create(const Machine& machine, CUmemGenericAllocationHandle& handle, std::size_t size, int device)
{
    if (!isWhole(size))
        return CUDA_ERROR_INVALID_VALUE;
    const std::size_t taken = used(device) + machine.foreignUse;
    if (taken > machine.memory || size > machine.memory - taken)
        return CUDA_ERROR_OUT_OF_MEMORY;
    const int descriptor = ::memfd_create("fake-vram", MFD_CLOEXEC);
    if (descriptor < 0 || ::ftruncate(descriptor, static_cast<off_t>(size)) != 0)
        return CUDA_ERROR_OPERATING_SYSTEM;
    handle = m_nextHandle++;
    m_physical[handle] = {descriptor, size, device, false, 0};
    return CUDA_SUCCESS;
}

CUresult Memory::exportHandle(CUmemGenericAllocationHandle handle, int& descriptor) const
{
    const auto found = m_physical.find(handle);
    if (found == m_physical.end() || found->second.isReleased)
        return CUDA_ERROR_INVALID_VALUE;
    descriptor = ::fcntl(found->second.descriptor, F_DUPFD_CLOEXEC, 0);
    return descriptor < 0 ? CUDA_ERROR_OPERATING_SYSTEM : CUDA_SUCCESS;
}

CUresult Memory::release(CUmemGenericAllocationHandle handle)
{
    const auto found = m_physical.find(handle);
    if (found == m_physical.end() || found->second.isReleased)
        return CUDA_ERROR_INVALID_VALUE;
    found->second.isReleased = true;
    dropIfUnused(handle);
    return CUDA_SUCCESS;
}

CUresult Memory::map(CUdeviceptr address, std::size_t size, CUmemGenericAllocationHandle handle)
{
    const auto physical = m_physical.find(handle);
    const bool isValid = physical != m_physical.end() && !physical->second.isReleased && physical->second.size == size;
    if (!isValid || !isReserved(address, size) || isMapped(address, size))
        return CUDA_ERROR_INVALID_VALUE;
    if (::mmap(pointer(address), size, PROT_NONE, MAP_SHARED | MAP_FIXED, physical->second.descriptor, 0) == MAP_FAILED)
        return CUDA_ERROR_OUT_OF_MEMORY;
    ++physical->second.mappings;
    m_mappings[address] = {size, handle, false};
    return CUDA_SUCCESS;
}

CUresult Memory::unmap(CUdeviceptr address, std::size_t size)
{
    const auto mapping = m_mappings.find(address);
    if (mapping == m_mappings.end() || mapping->second.size != size)
        return CUDA_ERROR_INVALID_VALUE;
    ::mmap(pointer(address), size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    const CUmemGenericAllocationHandle handle = mapping->second.handle;
    m_mappings.erase(mapping);
    --m_physical.at(handle).mappings;
    dropIfUnused(handle);
    return CUDA_SUCCESS;
}

CUresult Memory::setAccess(CUdeviceptr address, std::size_t size)
{
    const auto mapping = m_mappings.find(address);
    if (mapping == m_mappings.end() || mapping->second.size != size)
        return CUDA_ERROR_INVALID_VALUE;
    if (::mprotect(pointer(address), size, PROT_READ | PROT_WRITE) != 0)
        return CUDA_ERROR_OPERATING_SYSTEM;
    mapping->second.isAccessible = true;
    return CUDA_SUCCESS;
}

bool Memory::isAccessible(CUdeviceptr address, std::size_t size) const
{
    const auto found = findAround(m_mappings, address, size, [](const Mapping& mapping) { return mapping.size; });
    return found != m_mappings.end() && found->second.isAccessible;
}

std::size_t Memory::used(int device) const
{
    std::size_t sum = 0;
    for (const auto& [handle, physical] : m_physical)
        sum += physical.device == device ? physical.size : 0;
    return sum;
}

void Memory::count(Live& live) const
{
    live.reservations = m_ranges.size();
    live.mappings = m_mappings.size();
    for (const auto& [handle, physical] : m_physical) {
        live.handles += physical.isReleased ? 0 : 1;
        live.memory += physical.size;
    }
}

bool Memory::isReserved(CUdeviceptr address, std::size_t size) const
{
    return findAround(m_ranges, address, size, [](std::size_t range) { return range; }) != m_ranges.end();
}

bool Memory::isMapped(CUdeviceptr address, std::size_t size) const
{
    return std::ranges::any_of(m_mappings,
        [&](const auto& entry) { return entry.first < address + size && address < entry.first + entry.second.size; });
}

/// Memory goes back when it is released and nothing maps it any more, as on a GPU.
void Memory::dropIfUnused(CUmemGenericAllocationHandle handle)
{
    const auto found = m_physical.find(handle);
    if (!found->second.isReleased || found->second.mappings > 0)
        return;
    ::close(found->second.descriptor);
    m_physical.erase(found);
}

} // namespace weightroom::fake_cuda
