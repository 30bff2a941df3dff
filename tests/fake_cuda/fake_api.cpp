// SPDX-License-Identifier: GPL-3.0-or-later
//
// The functions of libcuda.so.1 that Weightroom uses. cuda.h renames some of them to their newest version; the
// definitions here are renamed with it, so that the library has the symbols that are looked up.
#include "tests/fake_cuda/fake_driver.h"

#include <cstdio>
#include <cstring>

using weightroom::fake_cuda::Driver;
using weightroom::fake_cuda::kGranularity;
using weightroom::fake_cuda::Operation;

namespace {

Driver& driver() { return Driver::instance(); }

CUresult orInvalid(bool isValid, CUresult error = CUDA_ERROR_INVALID_VALUE) { return isValid ? CUDA_SUCCESS : error; }

/// Checks a copy now, as the driver does, and does it later. `ranges` begin the memory of the GPU that it touches.
CUresult issueCopy(
    const char* function, const Operation& copy, std::initializer_list<CUdeviceptr> ranges, CUstream stream)
{
    return driver().callInContext(function, [&](int) {
        for (const CUdeviceptr range : ranges) {
            if (!driver().memory().isAccessible(range, copy.size))
                return CUDA_ERROR_INVALID_VALUE;
        }
        return orInvalid(driver().copies().issue(stream, copy), CUDA_ERROR_INVALID_HANDLE);
    });
}

std::byte* deviceBytes(CUdeviceptr address) { return reinterpret_cast<std::byte*>(address); }

} // namespace

CUresult cuInit(unsigned)
{
    return driver().call("cuInit", [] { return static_cast<CUresult>(driver().machine().initResult); });
}

CUresult cuDriverGetVersion(int* version)
{
    return driver().call("cuDriverGetVersion", [&] {
        *version = driver().machine().driverVersion;
        return CUDA_SUCCESS;
    });
}

CUresult cuGetErrorName(CUresult error, const char** name)
{
    switch (error) {
    case CUDA_ERROR_OUT_OF_MEMORY:
        *name = "CUDA_ERROR_OUT_OF_MEMORY";
        return CUDA_SUCCESS;
    case CUDA_ERROR_ILLEGAL_ADDRESS:
        *name = "CUDA_ERROR_ILLEGAL_ADDRESS";
        return CUDA_SUCCESS;
    default:
        *name = nullptr; // as for a code that the driver does not know
        return CUDA_ERROR_INVALID_VALUE;
    }
}

CUresult cuGetErrorString(CUresult error, const char** text)
{
    *text = error == CUDA_ERROR_OUT_OF_MEMORY ? "out of memory" : nullptr;
    return *text ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuDeviceGetCount(int* count)
{
    return driver().call("cuDeviceGetCount", [&] {
        *count = driver().machine().gpus;
        return CUDA_SUCCESS;
    });
}

CUresult cuDeviceGet(CUdevice* device, int ordinal)
{
    return driver().call("cuDeviceGet", [&] {
        *device = ordinal;
        return orInvalid(driver().isDevice(ordinal), CUDA_ERROR_INVALID_DEVICE);
    });
}

CUresult cuDeviceGetName(char* name, int length, CUdevice device)
{
    return driver().call("cuDeviceGetName", [&] {
        const char* instance = driver().machine().isInstance ? " MIG 1g.10gb" : "";
        std::snprintf(name, static_cast<std::size_t>(length), "Fake GPU %d%s (host memory)", device, instance);
        return orInvalid(driver().isDevice(device), CUDA_ERROR_INVALID_DEVICE);
    });
}

CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device)
{
    return driver().call("cuDeviceGetUuid", [&] {
        std::memset(uuid->bytes, 0xa0 + device, sizeof uuid->bytes);
        return orInvalid(driver().isDevice(device), CUDA_ERROR_INVALID_DEVICE);
    });
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice device)
{
    return driver().call("cuDeviceGetAttribute", [&] {
        if (attribute == CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED)
            *value = driver().machine().hasMemoryManagement;
        else if (attribute == CU_DEVICE_ATTRIBUTE_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED)
            *value = driver().machine().isExportable;
        else
            return CUDA_ERROR_INVALID_VALUE;
        return orInvalid(driver().isDevice(device), CUDA_ERROR_INVALID_DEVICE);
    });
}

CUresult cuDeviceTotalMem(std::size_t* bytes, CUdevice device)
{
    return driver().call("cuDeviceTotalMem", [&] {
        *bytes = driver().machine().memory;
        return orInvalid(driver().isDevice(device), CUDA_ERROR_INVALID_DEVICE);
    });
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device)
{
    return driver().call("cuDevicePrimaryCtxRetain", [&] { return driver().retain(*context, device); });
}

CUresult cuDevicePrimaryCtxRelease(CUdevice device)
{
    return driver().call("cuDevicePrimaryCtxRelease", [&] { return driver().releaseContext(device); });
}

CUresult cuCtxPushCurrent(CUcontext context)
{
    return driver().call("cuCtxPushCurrent", [&] { return driver().push(context); });
}

CUresult cuCtxPopCurrent(CUcontext* context)
{
    return driver().call("cuCtxPopCurrent", [&] { return driver().pop(*context); });
}

CUresult cuMemGetInfo(std::size_t* free, std::size_t* total)
{
    return driver().callInContext("cuMemGetInfo", [&](int device) {
        const std::size_t used = driver().memory().used(device) + driver().machine().foreignUse;
        *total = driver().machine().memory;
        *free = used < *total ? *total - used : 0;
        return CUDA_SUCCESS;
    });
}

CUresult cuMemGetAllocationGranularity(
    std::size_t* granularity, const CUmemAllocationProp* properties, CUmemAllocationGranularity_flags)
{
    return driver().call("cuMemGetAllocationGranularity", [&] {
        *granularity = kGranularity;
        return orInvalid(properties->location.type == CU_MEM_LOCATION_TYPE_DEVICE);
    });
}

CUresult cuMemAddressReserve(CUdeviceptr* address, std::size_t size, std::size_t, CUdeviceptr, unsigned long long)
{
    return driver().callInContext(
        "cuMemAddressReserve", [&](int) { return driver().memory().reserve(*address, size); });
}

CUresult cuMemAddressFree(CUdeviceptr address, std::size_t size)
{
    return driver().callInContext("cuMemAddressFree", [&](int) { return driver().memory().freeRange(address, size); });
}

CUresult cuMemCreate(
    CUmemGenericAllocationHandle* handle, std::size_t size, const CUmemAllocationProp* properties, unsigned long long)
{
    return driver().callInContext("cuMemCreate", [&](int) {
        const bool isExported = properties->requestedHandleTypes != CU_MEM_HANDLE_TYPE_NONE;
        if (isExported && driver().machine().isExportable == 0)
            return CUDA_ERROR_NOT_SUPPORTED;
        if (properties->type != CU_MEM_ALLOCATION_TYPE_PINNED || !driver().isDevice(properties->location.id))
            return CUDA_ERROR_INVALID_VALUE;
        return driver().memory().create(driver().machine(), *handle, size, properties->location.id);
    });
}

CUresult cuMemExportToShareableHandle(
    void* exported, CUmemGenericAllocationHandle handle, CUmemAllocationHandleType type, unsigned long long)
{
    return driver().callInContext("cuMemExportToShareableHandle", [&](int) {
        if (type != CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR || driver().machine().isExportable == 0)
            return CUDA_ERROR_NOT_SUPPORTED;
        return driver().memory().exportHandle(handle, *static_cast<int*>(exported));
    });
}

CUresult cuMemRelease(CUmemGenericAllocationHandle handle)
{
    return driver().callInContext("cuMemRelease", [&](int) { return driver().memory().release(handle); });
}

CUresult cuMemMap(
    CUdeviceptr address, std::size_t size, std::size_t offset, CUmemGenericAllocationHandle handle, unsigned long long)
{
    return driver().callInContext("cuMemMap",
        [&](int) { return offset == 0 ? driver().memory().map(address, size, handle) : CUDA_ERROR_INVALID_VALUE; });
}

CUresult cuMemUnmap(CUdeviceptr address, std::size_t size)
{
    return driver().callInContext("cuMemUnmap", [&](int) { return driver().memory().unmap(address, size); });
}

CUresult cuMemSetAccess(CUdeviceptr address, std::size_t size, const CUmemAccessDesc* access, std::size_t count)
{
    return driver().callInContext("cuMemSetAccess", [&](int device) {
        const bool isValid =
            count == 1 && access->location.id == device && access->flags == CU_MEM_ACCESS_FLAGS_PROT_READWRITE;
        return isValid ? driver().memory().setAccess(address, size) : CUDA_ERROR_INVALID_VALUE;
    });
}

CUresult cuMemHostRegister(void* begin, std::size_t size, unsigned)
{
    return driver().callInContext(
        "cuMemHostRegister", [&](int) { return driver().registerHost(reinterpret_cast<std::uintptr_t>(begin), size); });
}

CUresult cuMemHostUnregister(void* begin)
{
    return driver().callInContext(
        "cuMemHostUnregister", [&](int) { return driver().unregisterHost(reinterpret_cast<std::uintptr_t>(begin)); });
}

CUresult cuMemcpyHtoDAsync(CUdeviceptr destination, const void* source, std::size_t size, CUstream stream)
{
    const Operation copy{deviceBytes(destination), static_cast<const std::byte*>(source), size, true, nullptr};
    return issueCopy("cuMemcpyHtoDAsync", copy, {destination}, stream);
}

CUresult cuMemcpyDtoHAsync(void* destination, CUdeviceptr source, std::size_t size, CUstream stream)
{
    const Operation copy{static_cast<std::byte*>(destination), deviceBytes(source), size, false, nullptr};
    return issueCopy("cuMemcpyDtoHAsync", copy, {source}, stream);
}

CUresult cuMemcpyDtoDAsync(CUdeviceptr destination, CUdeviceptr source, std::size_t size, CUstream stream)
{
    const Operation copy{deviceBytes(destination), deviceBytes(source), size, false, nullptr};
    return issueCopy("cuMemcpyDtoDAsync", copy, {source, destination}, stream);
}

CUresult cuStreamCreate(CUstream* stream, unsigned)
{
    return driver().callInContext("cuStreamCreate", [&](int) {
        *stream = driver().copies().makeStream();
        return CUDA_SUCCESS;
    });
}

CUresult cuStreamDestroy(CUstream stream)
{
    return driver().callInContext("cuStreamDestroy",
        [&](int) { return orInvalid(driver().copies().destroy(stream), CUDA_ERROR_INVALID_HANDLE); });
}

CUresult cuStreamSynchronize(CUstream stream)
{
    return driver().callThatWaits("cuStreamSynchronize", [&] { return driver().copies().finish(stream); });
}

CUresult cuEventCreate(CUevent* event, unsigned)
{
    return driver().callInContext("cuEventCreate", [&](int) {
        *event = driver().copies().makeEvent();
        return CUDA_SUCCESS;
    });
}

CUresult cuEventDestroy(CUevent event)
{
    return driver().callInContext(
        "cuEventDestroy", [&](int) { return orInvalid(driver().copies().destroy(event), CUDA_ERROR_INVALID_HANDLE); });
}

CUresult cuEventRecord(CUevent event, CUstream stream)
{
    return driver().callInContext("cuEventRecord", [&](int) {
        Operation marker;
        marker.event = event;
        return orInvalid(driver().copies().issue(stream, marker), CUDA_ERROR_INVALID_HANDLE);
    });
}

CUresult cuEventSynchronize(CUevent event)
{
    return driver().callThatWaits("cuEventSynchronize", [&] { return driver().copies().finishUpTo(event); });
}
