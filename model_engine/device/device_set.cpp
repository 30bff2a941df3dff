// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/device_set.h"

#include "model_engine/device/cuda/cuda_device.h"
#include "model_engine/device/host_device.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

// LibTorch 2.11 and our own kernels are built for CUDA 13.0; an older driver would load them and fail in the middle.
constexpr int kOldestCuda = 13000;

DeviceId numbered(std::string_view prefix, std::size_t number)
{
    return {std::string{prefix} + std::to_string(number)};
}

/// A name for what cannot be opened; asked for without a context.
std::string nameOf(const CudaDriver& driver, int ordinal)
{
    std::array<char, 256> name{};
    CUdevice device = 0;
    const CudaFunctions& functions = driver.functions();
    const bool isKnown = functions.cuDeviceGet(&device, ordinal) == CUDA_SUCCESS
        && functions.cuDeviceGetName(name.data(), static_cast<int>(name.size()) - 1, device) == CUDA_SUCCESS;
    return isKnown ? name.data() : "GPU " + std::to_string(ordinal);
}

Result<std::unique_ptr<CudaDevice>> openGpu(
    const std::shared_ptr<const CudaDriver>& driver, int ordinal, const DeviceSettings& settings)
{
    if (driver->version() < kOldestCuda)
        return fail(ErrorCode::Unsupported, "the driver supports " + driver->versionText() + ", CUDA 13.0 is needed");
    CUdevice device = 0;
    if (const CUresult result = driver->functions().cuDeviceGet(&device, ordinal); result != CUDA_SUCCESS)
        return fail(driver->errorOf(result, "cuDeviceGet"));
    return CudaDevice::open(driver, device, numbered("GPU_", static_cast<std::size_t>(ordinal)), settings.cudaHeadroom,
        settings.nvmlLibrary);
}

Result<int> countGpus(const CudaDriver& driver)
{
    int count = 0;
    if (const CUresult result = driver.functions().cuDeviceGetCount(&count); result != CUDA_SUCCESS)
        return fail(driver.errorOf(result, "cuDeviceGetCount"));
    return count;
}

void setAside(DeviceSet& set, std::string name, Error reason, LogSink& log)
{
    log.write(LogLevel::Warning, name + " cannot be used: " + describe(reason));
    set.unusable.push_back({std::move(name), std::move(reason)});
}

void addGpu(DeviceSet& set, const std::shared_ptr<const CudaDriver>& driver, int ordinal,
    const DeviceSettings& settings, LogSink& log)
{
    auto gpu = openGpu(driver, ordinal, settings);
    if (!gpu)
        return setAside(set, nameOf(*driver, ordinal), std::move(gpu).error(), log);
    const DeviceDescription& description = (*gpu)->description();
    log.write(LogLevel::Info,
        description.id.text + " is " + description.name + " with " + toText(description.capacity)
            + " for models, driver " + description.driver + ".");
    set.devices.push_back(std::move(*gpu));
}

/// No library, or a library without a GPU: a machine that is simply not made for CUDA.
bool isMachineWithoutGpu(const Error& error)
{
    return error.code == ErrorCode::NotFound || error.context.systemCode == CUDA_ERROR_NO_DEVICE;
}

void addGpus(DeviceSet& set, const DeviceSettings& settings, LogSink& log)
{
    const auto driver = CudaDriver::open(settings.cudaLibrary);
    if (!driver && isMachineWithoutGpu(driver.error()))
        return log.write(LogLevel::Info, "No GPU is used: " + describe(driver.error()));
    if (!driver)
        return setAside(set, "CUDA driver", driver.error(), log);
    const auto count = countGpus(**driver);
    if (!count)
        return setAside(set, "CUDA driver", count.error(), log);
    for (int ordinal = 0; ordinal < *count; ++ordinal)
        addGpu(set, *driver, ordinal, settings, log);
}

void addHostDevices(DeviceSet& set, const DeviceSettings& settings, LogSink& log)
{
    for (std::size_t i = 0; i < settings.hostDevices.size(); ++i) {
        auto device = std::make_unique<HostDevice>(numbered("HOST_", i), settings.hostDevices[i].capacity);
        const DeviceDescription& description = device->description();
        log.write(LogLevel::Info,
            description.id.text + " is " + description.name + " with " + toText(description.capacity) + " for models.");
        set.devices.push_back(std::move(device));
    }
}

} // namespace

DeviceSettings deviceSettingsOf(const Settings& settings)
{
    DeviceSettings devices{.hostDevices = {}, .useCuda = settings.useCuda};
    for (const Bytes capacity : settings.hostDevices)
        devices.hostDevices.push_back({capacity});
    return devices;
}

Device* DeviceSet::find(const DeviceId& id) const
{
    const auto found = std::ranges::find(devices, id, [](const auto& device) { return device->description().id; });
    return found == devices.end() ? nullptr : found->get();
}

DeviceSet openDevices(const DeviceSettings& settings, LogSink& log)
{
    DeviceSet set;
    if (settings.useCuda)
        addGpus(set, settings, log);
    addHostDevices(set, settings, log);
    return set;
}

} // namespace weightroom::engine
