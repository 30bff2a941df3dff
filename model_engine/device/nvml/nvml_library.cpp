// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/nvml/nvml_library.h"

#include <array>
#include <dlfcn.h>
#include <type_traits>

namespace weightroom::engine {
namespace {

std::string lastLoaderError()
{
    const char* text = ::dlerror(); // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
    return text ? text : "unknown error";
}

template <class Function>
void lookUp(void* library, const char* name, Function& function)
{
    function = reinterpret_cast<Function>(::dlsym(library, name));
}

/// What a function writes that fills in a text; empty where there is no such function, or it refuses.
std::string textFrom(nvmlReturn_t (*function)(char*, unsigned int))
{
    std::array<char, 96> text{}; // NVML_SYSTEM_NVML_VERSION_BUFFER_SIZE and the driver's, both 80
    const bool isThere = function && function(text.data(), static_cast<unsigned>(text.size()) - 1) == NVML_SUCCESS;
    return isThere ? text.data() : std::string{};
}

} // namespace

Result<std::shared_ptr<const NvmlLibrary>> NvmlLibrary::open(const std::string& library)
{
    // Left open until the process ends: what it has started nobody knows.
    void* handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return fail(ErrorCode::NotFound, "there is no NVML: " + lastLoaderError());
    std::shared_ptr<NvmlLibrary> nvml{new NvmlLibrary};
    if (auto resolved = nvml->resolve(handle); !resolved)
        return fail(std::move(resolved).error());
    if (auto initialised = nvml->initialise(); !initialised)
        return fail(std::move(initialised).error());
    return std::shared_ptr<const NvmlLibrary>{std::move(nvml)};
}

NvmlLibrary::~NvmlLibrary()
{
    if (m_isInitialised)
        m_functions.nvmlShutdown();
}

Result<> NvmlLibrary::resolve(void* library)
{
    std::string missing;
// Two steps, so that nvml.h's renaming is applied before the name becomes a text.
#define ENGINE_NVML_TEXT(name) #name
#define ENGINE_NVML_RESOLVE(name) lookUp(library, ENGINE_NVML_TEXT(name), m_functions.name);
#define ENGINE_NVML_REQUIRE(name)                                                                                      \
    ENGINE_NVML_RESOLVE(name)                                                                                          \
    if (!m_functions.name)                                                                                             \
        missing.append(missing.empty() ? "" : ", ").append(ENGINE_NVML_TEXT(name));
    ENGINE_NVML_REQUIRED_FUNCTIONS(ENGINE_NVML_REQUIRE)
    ENGINE_NVML_OPTIONAL_FUNCTIONS(ENGINE_NVML_RESOLVE)
#undef ENGINE_NVML_REQUIRE
#undef ENGINE_NVML_RESOLVE
#undef ENGINE_NVML_TEXT
    lookUp(library, "nvmlDeviceGetTemperature", m_functions.olderTemperature);
    lookUp(library, "nvmlDeviceGetCurrentClocksThrottleReasons", m_functions.olderClockLimits);
    if (!missing.empty())
        return fail(ErrorCode::Unsupported, "NVML is too old: it has no " + missing);
    return {};
}

Result<> NvmlLibrary::initialise()
{
    if (const nvmlReturn_t result = m_functions.nvmlInit(); result != NVML_SUCCESS) {
        const bool isAbsent = result == NVML_ERROR_DRIVER_NOT_LOADED || result == NVML_ERROR_LIBRARY_NOT_FOUND;
        return fail(isAbsent ? ErrorCode::NotFound : ErrorCode::DeviceError, "NVML does not start: " + textOf(result),
            {.systemCode = static_cast<int>(result)});
    }
    m_isInitialised = true;
    m_driverVersion = textFrom(m_functions.nvmlSystemGetDriverVersion);
    m_version = textFrom(m_functions.nvmlSystemGetNVMLVersion);
    return {};
}

std::string NvmlLibrary::textOf(nvmlReturn_t result) const
{
    const char* text = m_functions.nvmlErrorString(result);
    return text ? text : "error " + std::to_string(static_cast<int>(result));
}

} // namespace weightroom::engine
