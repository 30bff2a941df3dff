// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/cuda/cuda_slab_source.h"

#include "model_engine/device/cuda/cuda_owned.h"

#include <cassert>

namespace weightroom::engine {
namespace {

/// Members are destroyed from the last to the first: the mapping, the memory, the addresses.
class CudaSlab final : public Slab {
public:
    CudaSlab(CudaContext& context, Bytes size, CUmemAllocationHandleType exported, CudaAddressRange range,
        CudaMemoryHandle memory, CudaMapping mapping)
        : Slab(range.get(), size)
        , m_context(context)
        , m_exported(exported)
        , m_range(std::move(range))
        , m_memory(std::move(memory))
        , m_mapping(std::move(mapping))
    {
    }

    /// Who gets it chooses what access it has: CUDA knows none for reading only.
    [[nodiscard]] Result<UniqueFd> exportDescriptor() override
    {
        if (m_exported == CU_MEM_HANDLE_TYPE_NONE)
            return Slab::exportDescriptor();
        int descriptor = -1;
        ENGINE_CUDA_CHECK(
            m_context, cuMemExportToShareableHandle, static_cast<void*>(&descriptor), m_memory.get(), m_exported, 0ULL);
        return UniqueFd{descriptor};
    }
    [[nodiscard]] bool isExportWritable() const override { return true; }

private:
    CudaContext& m_context;
    const CUmemAllocationHandleType m_exported; ///< NONE: the GPU or its driver cannot
    CudaAddressRange m_range;
    CudaMemoryHandle m_memory;
    CudaMapping m_mapping;
};

/// Each step is owned as soon as it succeeded: leaving early undoes the steps before it, in reverse.
Result<std::unique_ptr<Slab>> makeSlab(CudaContext& context, Bytes bytes, const CUmemAllocationProp& properties)
{
    const CudaUse use{context}; // between the steps nothing may be owned yet
    const std::size_t size = bytes.value;
    CUdeviceptr address = 0;
    ENGINE_CUDA_CHECK(context, cuMemAddressReserve, &address, size, std::size_t{0}, CUdeviceptr{0}, 0ULL);
    CudaAddressRange range{context, address, size};

    CUmemGenericAllocationHandle handle = 0;
    ENGINE_CUDA_CHECK(context, cuMemCreate, &handle, size, &properties, 0ULL);
    CudaMemoryHandle memory{context, handle};

    ENGINE_CUDA_CHECK(context, cuMemMap, address, size, std::size_t{0}, handle, 0ULL);
    CudaMapping mapping{context, address, size};

    const CUmemAccessDesc access{properties.location, CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
    ENGINE_CUDA_CHECK(context, cuMemSetAccess, address, size, &access, std::size_t{1});
    return std::unique_ptr<Slab>{std::make_unique<CudaSlab>(
        context, bytes, properties.requestedHandleTypes, std::move(range), std::move(memory), std::move(mapping))};
}

Result<bool> supports(CudaContext& context, CUdevice_attribute attribute)
{
    int value = 0;
    if (auto asked = ENGINE_CUDA_ASK(context, cuDeviceGetAttribute, &value, attribute, context.device()); !asked)
        return fail(std::move(asked).error());
    return value != 0;
}

/// cuda.h names no context among what it needs; a driver that wants one all the same gets it.
Result<Bytes> granularityOf(CudaContext& context, const CUmemAllocationProp& properties)
{
    std::size_t granularity = 0;
    if (ENGINE_CUDA_ASK(
            context, cuMemGetAllocationGranularity, &granularity, &properties, CU_MEM_ALLOC_GRANULARITY_MINIMUM))
        return Bytes{granularity};
    ENGINE_CUDA_CHECK(
        context, cuMemGetAllocationGranularity, &granularity, &properties, CU_MEM_ALLOC_GRANULARITY_MINIMUM);
    return Bytes{granularity};
}

CUmemAllocationProp propertiesFor(CUdevice device, CUmemAllocationHandleType exported)
{
    CUmemAllocationProp properties{};
    properties.type = CU_MEM_ALLOCATION_TYPE_PINNED;
    properties.requestedHandleTypes = exported;
    properties.location.type = CU_MEM_LOCATION_TYPE_DEVICE;
    properties.location.id = device;
    return properties;
}

} // namespace

Result<std::unique_ptr<CudaSlabSource>> CudaSlabSource::make(CudaContext& context)
{
    const auto isManaged = supports(context, CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED);
    if (!isManaged)
        return fail(isManaged.error());
    if (!*isManaged)
        return fail(ErrorCode::Unsupported, "the GPU or its driver has no virtual memory management");
    const auto isExportable = supports(context, CU_DEVICE_ATTRIBUTE_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED);
    if (!isExportable)
        return fail(isExportable.error());

    const CUmemAllocationProp properties = propertiesFor(
        context.device(), *isExportable ? CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR : CU_MEM_HANDLE_TYPE_NONE);
    const auto granularity = granularityOf(context, properties);
    if (!granularity)
        return fail(granularity.error());
    return std::unique_ptr<CudaSlabSource>{new CudaSlabSource{context, properties, *granularity}};
}

CudaSlabSource::CudaSlabSource(CudaContext& context, const CUmemAllocationProp& properties, Bytes granularity)
    : m_context(context)
    , m_properties(properties)
    , m_granularity(granularity)
{
}

Result<std::unique_ptr<Slab>> CudaSlabSource::acquire(Bytes size)
{
    assert(size > Bytes{} && size.value % m_granularity.value == 0);
    auto slab = makeSlab(m_context, size, m_properties);
    if (!slab)
        return fail(explained(std::move(slab).error(), size));
    return slab;
}

/// Adds what is known about the memory: other processes take VRAM too, so that the driver can refuse what the budget
/// allows.
Error CudaSlabSource::explained(Error error, Bytes size)
{
    if (error.code != ErrorCode::OutOfDeviceMemory)
        return error;
    error.context.required = size;
    error.context.memoryType = "vram";
    std::size_t free = 0;
    std::size_t total = 0;
    if (ENGINE_CUDA_CALL(m_context, cuMemGetInfo, &free, &total))
        error.context.available = Bytes{free};
    return error;
}

} // namespace weightroom::engine
