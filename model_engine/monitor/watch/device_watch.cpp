// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/watch/device_watch.h"

#include "model_engine/monitor/watch/process_name.h"

#include <algorithm>
#include <unistd.h>
#include <utility>

namespace weightroom::engine {

namespace {

/// What CUDA says of it. NVML's reserved part belongs to NVML's total.
void enterMemory(Device& device, DriverView& driver)
{
    const auto memory = device.memory();
    if (!memory)
        return;
    driver.total = memory->driverTotal;
    driver.free = memory->driverFree;
    driver.reserved.reset();
}

} // namespace

DeviceWatch::DeviceWatch(const DeviceSet& devices, const Clock& clock, DeviceSources sources)
    : m_devices(devices)
    , m_clock(clock)
    , m_sources(std::move(sources))
{
}

/// Not before the first look: it takes a while, and a machine without a GPU needs none.
void DeviceWatch::openNvml()
{
    if (std::exchange(m_isOpened, true))
        return;
    std::shared_ptr<const NvmlLibrary> nvml;
    for (const auto& device : m_devices.devices) {
        const DeviceDescription& description = device->description();
        if (description.kind != DeviceKind::Cuda || m_nvmlProblem)
            continue;
        if (!nvml) {
            auto opened = NvmlLibrary::open(m_sources.nvmlLibrary);
            if (!opened) {
                m_nvmlProblem = std::move(opened).error();
                continue;
            }
            nvml = std::move(*opened);
            m_driverVersion = nvml->driverVersion();
        }
        m_gpus.try_emplace(description.id, nvml, description.uuid, m_clock, m_sources.pciDevices);
    }
}

std::vector<DeviceLook> DeviceWatch::look()
{
    openNvml();
    std::vector<DeviceLook> looks;
    for (const auto& device : m_devices.devices)
        looks.push_back(lookAt(*device));
    forgetNames();
    return looks;
}

DeviceLook DeviceWatch::lookAt(Device& device)
{
    DeviceLook seen;
    if (device.description().kind != DeviceKind::Cuda)
        return seen;
    seen.driver.isShared = true;
    seen.driver.ownProcess = ::getpid();
    const Bytes heldBefore = device.arena().statistics().held;
    if (const auto gpu = m_gpus.find(device.description().id); gpu != m_gpus.end())
        seen.gpu = gpu->second.look(heldBefore > Bytes{});
    else
        seen.gpu.problem = m_nvmlProblem;
    if (seen.gpu.reading) {
        const GpuReading& reading = *seen.gpu.reading;
        seen.driver.total = reading.memoryTotal;
        seen.driver.reserved = reading.memoryReserved;
        seen.driver.free = reading.memoryFree;
        seen.driver.processes = named(reading);
    }
    const bool isKnown = seen.driver.total && seen.driver.free;
    if (!isKnown && seen.gpu.wakefulness != GpuWakefulness::Asleep && !device.lostReason())
        enterMemory(device, seen.driver);
    // A load may have taken some meanwhile, before the driver was asked.
    seen.driver.heldThen = seen.gpu.isKept ? heldBefore : std::max(heldBefore, device.arena().statistics().held);
    if (auto lost = device.lostReason())
        seen.gpu.problem = std::move(lost);
    return seen;
}

std::vector<NamedProcess> DeviceWatch::named(const GpuReading& reading)
{
    std::vector<NamedProcess> processes;
    if (!reading.processes)
        return processes;
    for (const GpuProcess& process : *reading.processes) {
        const auto known = m_names.find(process.id);
        const auto [name, isNew] = m_namesNow.try_emplace(process.id);
        if (isNew)
            name->second = known == m_names.end() ? processName(process.id, m_sources.processes) : known->second;
        processes.push_back({process, name->second});
    }
    return processes;
}

/// An id may come again for another program.
void DeviceWatch::forgetNames() { m_names = std::exchange(m_namesNow, {}); }

} // namespace weightroom::engine
