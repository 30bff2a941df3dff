// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <cuda.h>

#include <memory>
#include <string>

namespace weightroom::engine {

/// All functions of the CUDA driver API that are used. cuda.h renames some of them to their newest version
/// (cuMemGetInfo → cuMemGetInfo_v2): the names here are expanded in the same way, and are what is looked up in the
/// library.
#define ENGINE_CUDA_FUNCTIONS(X)                                                                                       \
    X(cuInit)                                                                                                          \
    X(cuDriverGetVersion)                                                                                              \
    X(cuGetErrorName)                                                                                                  \
    X(cuGetErrorString)                                                                                                \
    X(cuDeviceGetCount)                                                                                                \
    X(cuDeviceGet)                                                                                                     \
    X(cuDeviceGetName)                                                                                                 \
    X(cuDeviceGetUuid)                                                                                                 \
    X(cuDeviceGetAttribute)                                                                                            \
    X(cuDeviceTotalMem)                                                                                                \
    X(cuDevicePrimaryCtxRetain)                                                                                        \
    X(cuDevicePrimaryCtxRelease)                                                                                       \
    X(cuCtxPushCurrent)                                                                                                \
    X(cuCtxPopCurrent)                                                                                                 \
    X(cuMemGetInfo)                                                                                                    \
    X(cuMemGetAllocationGranularity)                                                                                   \
    X(cuMemAddressReserve)                                                                                             \
    X(cuMemAddressFree)                                                                                                \
    X(cuMemCreate)                                                                                                     \
    X(cuMemRelease)                                                                                                    \
    X(cuMemMap)                                                                                                        \
    X(cuMemUnmap)                                                                                                      \
    X(cuMemExportToShareableHandle)                                                                                    \
    X(cuMemSetAccess)                                                                                                  \
    X(cuMemHostRegister)                                                                                               \
    X(cuMemHostUnregister)                                                                                             \
    X(cuMemcpyHtoDAsync)                                                                                               \
    X(cuMemcpyDtoHAsync)                                                                                               \
    X(cuMemcpyDtoDAsync)                                                                                               \
    X(cuStreamCreate)                                                                                                  \
    X(cuStreamDestroy)                                                                                                 \
    X(cuStreamSynchronize)                                                                                             \
    X(cuEventCreate)                                                                                                   \
    X(cuEventDestroy)                                                                                                  \
    X(cuEventRecord)                                                                                                   \
    X(cuEventSynchronize)

/// Their addresses, each of the type that cuda.h declares.
struct CudaFunctions {
#define ENGINE_CUDA_MEMBER(name) decltype(&::name) name = nullptr; // NOLINT(bugprone-macro-parentheses): a declaration
    ENGINE_CUDA_FUNCTIONS(ENGINE_CUDA_MEMBER)
#undef ENGINE_CUDA_MEMBER
};

/// The CUDA driver of this machine, opened at run time. Immutable; any thread.
class CudaDriver {
public:
    /// Opens `library`, looks up every function and calls cuInit. The library stays open until the process ends: the
    /// driver runs threads of its own. Errors: NotFound without a library; Unsupported when a function is missing;
    /// DeviceError or DeviceLost when the driver refuses.
    [[nodiscard]] static Result<std::shared_ptr<const CudaDriver>> open(const std::string& library);

    [[nodiscard]] const CudaFunctions& functions() const { return m_functions; }
    [[nodiscard]] int version() const { return m_version; } ///< 13000 is CUDA 13.0
    [[nodiscard]] std::string versionText() const; ///< "CUDA 13.0"

    /// What a CUresult that is not success means, with the driver's own name and text for it. `call` is the function
    /// that returned it. Codes that cuda.h does not call survivable, and codes that nobody here knows, are DeviceLost.
    [[nodiscard]] Error errorOf(CUresult result, std::string_view call) const;

private:
    CudaDriver() = default;
    [[nodiscard]] Result<> resolve(void* library);
    [[nodiscard]] Result<> initialise();

    CudaFunctions m_functions;
    int m_version = 0;
};

} // namespace weightroom::engine
