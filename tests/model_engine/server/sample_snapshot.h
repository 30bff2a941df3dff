// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/monitor_snapshot.h"

namespace weightroom::test {

/// How a GPU is that answers everything.
inline engine::GpuReading fullReading()
{
    using engine::Bytes;
    using engine::ClockLimit;
    engine::GpuReading reading;
    reading.slowdownTemperature = 87;
    reading.shutdownTemperature = 92;
    reading.memoryTemperatureLimit = 95;
    reading.powerLimit = 700;
    reading.smallestPowerLimit = 200;
    reading.largestPowerLimit = 700;
    reading.fanFraction = 0.3;
    reading.largestGraphicsClock = 1980;
    reading.largestMemoryClock = 2619;
    reading.pcieGeneration = 4;
    reading.largestPcieGeneration = 5;
    reading.pcieWidth = 8;
    reading.largestPcieWidth = 16;
    reading.pcieReceived = 12'000'000'000.0;
    reading.pcieSent = 0;
    reading.hasEcc = true;
    reading.correctedErrors = 3;
    reading.uncorrectedErrors = 0;
    reading.hasMig = false;
    reading.virtualization = engine::GpuVirtualization::Passthrough;
    reading.busyFraction = 0.97;
    reading.memoryBusyFraction = 0.41;
    reading.temperature = -4; // a studio in the north
    reading.power = 312.5;
    reading.graphicsClock = 1755;
    reading.memoryClock = 2619;
    reading.clockLimits = {ClockLimit::PowerCap, ClockLimit::SoftwareThermal};
    return reading;
}

inline engine::WatchedDevice fullGpu()
{
    using namespace engine;
    WatchedDevice gpu;
    gpu.description = {.id = {"GPU_0"},
        .kind = DeviceKind::Cuda,
        .name = "NVIDIA H100 80GB HBM3",
        .uuid = "GPU-1c2d",
        .driver = "CUDA 13.0",
        .capacity = Bytes{900}};
    gpu.ledger = {.total = Bytes{1000},
        .entries = {
            {.owner = LedgerOwner::Component, .size = Bytes{300}, .model = {"base-1"}, .component = {"unet"}},
            {.owner = LedgerOwner::Component, .size = Bytes{100}, .model = {"base-1"}, .component = {"vae"}},
            {.owner = LedgerOwner::Component, .size = Bytes{90}, .model = {"lora-2"}, .component = {"lora"}},
            {.owner = LedgerOwner::Shared, .size = Bytes{80}},
            {.owner = LedgerOwner::Loading, .size = Bytes{70}, .model = {"next-3"}},
            {.owner = LedgerOwner::Overhead, .size = Bytes{10}},
            {.owner = LedgerOwner::Context, .size = Bytes{40}},
            {.owner = LedgerOwner::Process,
                .size = Bytes{60},
                .processId = 4711,
                .name = "python3 main.py",
                .reported = Bytes{60}},
            {.owner = LedgerOwner::Process, .size = Bytes{50}, .processId = 4712, .reported = Bytes{55}},
            {.owner = LedgerOwner::Process, .size = {}, .processId = 4713}, // of which the driver does not tell
            {.owner = LedgerOwner::Reserved, .size = Bytes{20}},
            {.owner = LedgerOwner::Unattributed, .size = Bytes{30}},
            {.owner = LedgerOwner::Free, .size = Bytes{150}},
        }};
    gpu.wakefulness = GpuWakefulness::Awake;
    gpu.reading = fullReading();
    return gpu;
}

inline engine::WatchedDevice lostGpu()
{
    using namespace engine;
    WatchedDevice gpu;
    gpu.description = {.id = {"GPU_1"},
        .kind = DeviceKind::Cuda,
        .name = "NVIDIA H100 80GB HBM3",
        .uuid = "GPU-9f8e",
        .driver = "CUDA 13.0",
        .capacity = Bytes{900}};
    gpu.ledger = {.total = Bytes{900},
        .areOthersKnown = false,
        .entries = {
            {.owner = LedgerOwner::Unattributed, .size = {}}, {.owner = LedgerOwner::Free, .size = Bytes{900}}}};
    gpu.wakefulness = GpuWakefulness::Awake;
    gpu.problem = Error{ErrorCode::DeviceLost, "it has fallen off the bus"};
    return gpu;
}

inline engine::WatchedDevice hostDevice()
{
    using namespace engine;
    WatchedDevice host;
    host.description = {.id = {"HOST_0"},
        .kind = DeviceKind::Host,
        .name = "Host memory (RAM, not a GPU)",
        .uuid = {},
        .driver = {},
        .capacity = Bytes{500}};
    host.ledger = {.total = Bytes{500}, .entries = {{.owner = LedgerOwner::Free, .size = Bytes{500}}}};
    return host;
}

inline engine::HostReading fullHost()
{
    using engine::Bytes;
    engine::HostReading host;
    host.memoryTotal = Bytes{64'000};
    host.memoryAvailable = Bytes{48'000};
    host.swapTotal = Bytes{0};
    host.swapFree = Bytes{0};
    host.memoryStall = 0;
    host.diskStall = 0.125;
    host.processorStall = 0.5;
    host.diskRead = 3.5e9;
    host.diskWritten = 0.25;
    host.ownMemory = Bytes{5'000};
    host.ownProcessor = 1.75;
    host.group = {.memory = Bytes{6'000},
        .memoryLimit = Bytes{32'000},
        .diskRead = 1e21,
        .diskWritten = 0,
        .memoryStall = 0.0000001};
    return host;
}

/// One that knows something of every kind.
inline engine::MonitorSnapshot fullSnapshot()
{
    using namespace engine;
    MonitorSnapshot snapshot;
    snapshot.revision = 7;
    snapshot.at = Clock::Wall{std::chrono::milliseconds{1'795'744'800'250}};
    snapshot.devices = {fullGpu(), lostGpu(), hostDevice()};
    snapshot.devices.front().readAt = snapshot.at - std::chrono::seconds{20};
    snapshot.host = fullHost();
    snapshot.cache = {.total = Bytes{2'000},
        .entries = {
            {.owner = LedgerOwner::Component, .size = Bytes{1'500}, .model = {"base-1"}, .component = {"unet"}},
            {.owner = LedgerOwner::Unattributed, .size = Bytes{0}},
            {.owner = LedgerOwner::Free, .size = Bytes{500}},
        }};
    snapshot.cacheHits = 12;
    snapshot.cacheMisses = 5;
    snapshot.cacheEvictions = 1;
    snapshot.loads = {
        {{"GPU_0"}, {.succeeded = 9, .failed = 2, .cancelled = 1, .seconds = 45.5, .moved = Bytes{9'876}}}};
    snapshot.modelNames = {{{"base-1"}, "sd_xl_base_1.0"}};
    const auto alert = [](AlertKind kind, const char* device) {
        Alert raised;
        raised.kind = kind;
        raised.device = {device};
        return raised;
    };
    snapshot.alerts = {alert(AlertKind::MemoryFull, "GPU_0"), alert(AlertKind::FailingLoads, "GPU_0"),
        alert(AlertKind::SlowLoads, "GPU_1")};
    snapshot.alerts.back().recoveredAt = snapshot.at;
    snapshot.driverVersion = "580.159.04";
    snapshot.samplesDropped = 4;
    return snapshot;
}

} // namespace weightroom::test
