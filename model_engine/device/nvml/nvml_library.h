// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <nvml.h>

#include <memory>
#include <string>

namespace weightroom::engine {

/// Without these there is nothing to read.
#define ENGINE_NVML_REQUIRED_FUNCTIONS(X)                                                                              \
    X(nvmlInit)                                                                                                        \
    X(nvmlShutdown)                                                                                                    \
    X(nvmlErrorString)                                                                                                 \
    X(nvmlDeviceGetHandleByUUID)

/// What a driver may have or not: a function that it has not leaves its field unreported. nvml.h renames some of them
/// to their newest version (nvmlDeviceGetPciInfo → nvmlDeviceGetPciInfo_v3): the names here are expanded in the same
/// way, and are what is looked up.
#define ENGINE_NVML_OPTIONAL_FUNCTIONS(X)                                                                              \
    X(nvmlSystemGetDriverVersion)                                                                                      \
    X(nvmlSystemGetNVMLVersion)                                                                                        \
    X(nvmlDeviceGetCount)                                                                                              \
    X(nvmlDeviceGetHandleByIndex)                                                                                      \
    X(nvmlDeviceGetUUID)                                                                                               \
    X(nvmlDeviceGetDeviceHandleFromMigDeviceHandle)                                                                    \
    X(nvmlDeviceGetPciInfo)                                                                                            \
    X(nvmlDeviceGetMemoryInfo_v2)                                                                                      \
    X(nvmlDeviceGetMemoryInfo)                                                                                         \
    X(nvmlDeviceGetUtilizationRates)                                                                                   \
    X(nvmlDeviceGetTemperatureV)                                                                                       \
    X(nvmlDeviceGetTemperatureThreshold)                                                                               \
    X(nvmlDeviceGetPowerUsage)                                                                                         \
    X(nvmlDeviceGetEnforcedPowerLimit)                                                                                 \
    X(nvmlDeviceGetPowerManagementLimitConstraints)                                                                    \
    X(nvmlDeviceGetClockInfo)                                                                                          \
    X(nvmlDeviceGetMaxClockInfo)                                                                                       \
    X(nvmlDeviceGetCurrentClocksEventReasons)                                                                          \
    X(nvmlDeviceGetFanSpeed)                                                                                           \
    X(nvmlDeviceGetCurrPcieLinkGeneration)                                                                             \
    X(nvmlDeviceGetMaxPcieLinkGeneration)                                                                              \
    X(nvmlDeviceGetCurrPcieLinkWidth)                                                                                  \
    X(nvmlDeviceGetMaxPcieLinkWidth)                                                                                   \
    X(nvmlDeviceGetPcieThroughput)                                                                                     \
    X(nvmlDeviceGetEccMode)                                                                                            \
    X(nvmlDeviceGetTotalEccErrors)                                                                                     \
    X(nvmlDeviceGetComputeRunningProcesses)                                                                            \
    X(nvmlDeviceGetGraphicsRunningProcesses)                                                                           \
    X(nvmlDeviceGetMigMode)                                                                                            \
    X(nvmlDeviceGetVirtualizationMode)

// On their way out since CUDA 13, and older drivers have nothing else.
using NvmlTemperatureFunction = nvmlReturn_t (*)(nvmlDevice_t, nvmlTemperatureSensors_t, unsigned int*);
using NvmlClockLimitsFunction = nvmlReturn_t (*)(nvmlDevice_t, unsigned long long*);

/// Their addresses, each of the type that nvml.h declares; of optional ones nullptr where the driver has none.
struct NvmlFunctions {
#define ENGINE_NVML_MEMBER(name) decltype(&::name) name = nullptr; // NOLINT(bugprone-macro-parentheses): a declaration
    ENGINE_NVML_REQUIRED_FUNCTIONS(ENGINE_NVML_MEMBER)
    ENGINE_NVML_OPTIONAL_FUNCTIONS(ENGINE_NVML_MEMBER)
#undef ENGINE_NVML_MEMBER
    NvmlTemperatureFunction olderTemperature = nullptr; ///< nvmlDeviceGetTemperature
    NvmlClockLimitsFunction olderClockLimits = nullptr; ///< nvmlDeviceGetCurrentClocksThrottleReasons
};

/// NVML, which says how the GPUs of this machine are, opened at run time. It makes no context and wakes no GPU.
/// Immutable; any thread: NVML is thread-safe.
class NvmlLibrary {
public:
    /// Opens `library`, looks up the functions and initialises NVML, until this is destroyed. Errors: NotFound without
    /// a library or a driver; Unsupported when a required function is missing; DeviceError when NVML refuses.
    [[nodiscard]] static Result<std::shared_ptr<const NvmlLibrary>> open(
        const std::string& library = "libnvidia-ml.so.1");
    ~NvmlLibrary();
    NvmlLibrary(const NvmlLibrary&) = delete;
    NvmlLibrary& operator=(const NvmlLibrary&) = delete;

    [[nodiscard]] const NvmlFunctions& functions() const { return m_functions; }
    [[nodiscard]] const std::string& driverVersion() const { return m_driverVersion; } ///< "580.159.04"; empty: unknown
    [[nodiscard]] const std::string& version() const { return m_version; } ///< of NVML; empty: unknown
    /// NVML's own text for a result: "Not Supported".
    [[nodiscard]] std::string textOf(nvmlReturn_t result) const;

private:
    NvmlLibrary() = default;
    [[nodiscard]] Result<> resolve(void* library);
    [[nodiscard]] Result<> initialise();

    NvmlFunctions m_functions;
    bool m_isInitialised = false;
    std::string m_driverVersion;
    std::string m_version;
};

} // namespace weightroom::engine
