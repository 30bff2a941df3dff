// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/cuda/cuda_driver.h"

#include <algorithm>
#include <array>
#include <dlfcn.h>

namespace weightroom::engine {
namespace {

/// After these the context still works: the call was refused, nothing was broken. All others end the use of the device,
/// also those that a newer driver may invent: cuda.h says of 226, 700, 702, 710, 714–719, 721, 810 and 911 that the
/// process must be restarted, and is silent about 214 (ECC) and 220 (NVLink).
constexpr std::array kSurvivable{
    CUDA_ERROR_INVALID_VALUE,
    CUDA_ERROR_OUT_OF_MEMORY,
    CUDA_ERROR_NOT_INITIALIZED,
    CUDA_ERROR_STUB_LIBRARY,
    CUDA_ERROR_DEVICE_UNAVAILABLE,
    CUDA_ERROR_NO_DEVICE,
    CUDA_ERROR_INVALID_DEVICE,
    CUDA_ERROR_INVALID_CONTEXT,
    CUDA_ERROR_MAP_FAILED,
    CUDA_ERROR_UNMAP_FAILED,
    CUDA_ERROR_ALREADY_MAPPED,
    CUDA_ERROR_NOT_MAPPED,
    CUDA_ERROR_OPERATING_SYSTEM,
    CUDA_ERROR_INVALID_HANDLE,
    CUDA_ERROR_ILLEGAL_STATE,
    CUDA_ERROR_NOT_FOUND,
    CUDA_ERROR_NOT_READY,
    CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED,
    CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED,
    CUDA_ERROR_NOT_PERMITTED,
    CUDA_ERROR_NOT_SUPPORTED,
    CUDA_ERROR_SYSTEM_NOT_READY,
    CUDA_ERROR_SYSTEM_DRIVER_MISMATCH,
    CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE,
};

ErrorCode codeOf(CUresult result)
{
    if (result == CUDA_ERROR_OUT_OF_MEMORY)
        return ErrorCode::OutOfDeviceMemory;
    return std::ranges::find(kSurvivable, result) != kSurvivable.end() ? ErrorCode::DeviceError : ErrorCode::DeviceLost;
}

std::string lastLoaderError()
{
    const char* text = ::dlerror(); // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
    return text ? text : "unknown error";
}

} // namespace

Result<std::shared_ptr<const CudaDriver>> CudaDriver::open(const std::string& library)
{
    void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return fail(ErrorCode::NotFound, "there is no CUDA driver: " + lastLoaderError());
    std::shared_ptr<CudaDriver> driver{new CudaDriver};
    if (auto resolved = driver->resolve(handle); !resolved)
        return fail(std::move(resolved).error());
    if (auto initialised = driver->initialise(); !initialised)
        return fail(std::move(initialised).error());
    return std::shared_ptr<const CudaDriver>{std::move(driver)};
}

Result<> CudaDriver::resolve(void* library)
{
    std::string missing;
    const auto lookUp = [&](const char* name, auto& function) {
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
        if (!function)
            missing.append(missing.empty() ? "" : ", ").append(name);
    };
// Two steps, so that cuda.h's renaming is applied before the name becomes a text.
#define ENGINE_CUDA_TEXT(name) #name
#define ENGINE_CUDA_RESOLVE(name) lookUp(ENGINE_CUDA_TEXT(name), m_functions.name);
    ENGINE_CUDA_FUNCTIONS(ENGINE_CUDA_RESOLVE)
#undef ENGINE_CUDA_RESOLVE
#undef ENGINE_CUDA_TEXT
    if (!missing.empty())
        return fail(ErrorCode::Unsupported, "the CUDA driver is too old: it has no " + missing);
    return {};
}

Result<> CudaDriver::initialise()
{
    if (const CUresult result = m_functions.cuInit(0); result != CUDA_SUCCESS)
        return fail(errorOf(result, "cuInit"));
    if (const CUresult result = m_functions.cuDriverGetVersion(&m_version); result != CUDA_SUCCESS)
        return fail(errorOf(result, "cuDriverGetVersion"));
    return {};
}

std::string CudaDriver::versionText() const
{
    return "CUDA " + std::to_string(m_version / 1000) + '.' + std::to_string(m_version % 1000 / 10);
}

Error CudaDriver::errorOf(CUresult result, std::string_view call) const
{
    const char* name = nullptr;
    const char* text = nullptr;
    m_functions.cuGetErrorName(result, &name);
    m_functions.cuGetErrorString(result, &text);
    Error error{codeOf(result), std::string{call} + " failed: "};
    error.detail.append(name ? name : "code " + std::to_string(result));
    error.detail.append(" (").append(text ? text : "unknown to the driver").append(")");
    error.context.systemCode = result;
    return error;
}

} // namespace weightroom::engine
