// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/nvml/gpu_reader.h"

#include "model_engine/device/nvml/gpu_processes.h"
#include "model_engine/device/nvml/gpu_questions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr double kMilli = 1e-3;
constexpr double kPercent = 1e-2;
/// NVML counts PCIe's traffic in thousands of bytes a second.
constexpr double kKilo = 1e3;

std::optional<int> wholeOf(std::optional<unsigned> value)
{
    return value ? std::optional{static_cast<int>(*value)} : std::nullopt;
}

std::optional<double> scaled(std::optional<unsigned> value, double factor)
{
    return value ? std::optional{*value * factor} : std::nullopt;
}

/// A GPU without a memory of its own has been seen to answer with nothing but 0.
void readMemory(GpuQuestions& gpu, GpuReading& reading)
{
    nvmlMemory_v2_t memory{};
    memory.version = nvmlMemory_v2;
    nvmlMemory_t older{};
    if (gpu.ask(gpu.functions().nvmlDeviceGetMemoryInfo_v2, &memory) && memory.total > 0) {
        reading.memoryTotal = Bytes{memory.total};
        reading.memoryReserved = Bytes{memory.reserved};
        reading.memoryUsed = Bytes{memory.used};
        reading.memoryFree = Bytes{memory.free};
    } else if (gpu.ask(gpu.functions().nvmlDeviceGetMemoryInfo, &older) && older.total > 0) {
        reading.memoryTotal = Bytes{older.total};
        reading.memoryUsed = Bytes{older.used};
        reading.memoryFree = Bytes{older.free};
    }
}

void readUse(GpuQuestions& gpu, GpuReading& reading)
{
    nvmlUtilization_t use{};
    if (!gpu.ask(gpu.functions().nvmlDeviceGetUtilizationRates, &use))
        return;
    reading.busyFraction = use.gpu * kPercent;
    reading.memoryBusyFraction = use.memory * kPercent;
}

std::optional<int> temperatureOf(GpuQuestions& gpu)
{
    nvmlTemperature_t temperature{};
    temperature.version = nvmlTemperature_v1;
    temperature.sensorType = NVML_TEMPERATURE_GPU;
    if (gpu.ask(gpu.functions().nvmlDeviceGetTemperatureV, &temperature))
        return temperature.temperature;
    return wholeOf(gpu.number(gpu.functions().olderTemperature, NVML_TEMPERATURE_GPU));
}

void readThresholds(GpuQuestions& gpu, GpuReading& reading)
{
    const auto threshold = [&](nvmlTemperatureThresholds_t which) {
        return wholeOf(gpu.number(gpu.functions().nvmlDeviceGetTemperatureThreshold, which));
    };
    reading.slowdownTemperature = threshold(NVML_TEMPERATURE_THRESHOLD_SLOWDOWN);
    reading.shutdownTemperature = threshold(NVML_TEMPERATURE_THRESHOLD_SHUTDOWN);
    reading.memoryTemperatureLimit = threshold(NVML_TEMPERATURE_THRESHOLD_MEM_MAX);
}

void readPowerLimits(GpuQuestions& gpu, GpuReading& reading)
{
    const NvmlFunctions& functions = gpu.functions();
    reading.powerLimit = scaled(gpu.number(functions.nvmlDeviceGetEnforcedPowerLimit), kMilli);
    unsigned smallest = 0;
    unsigned largest = 0;
    if (gpu.ask(functions.nvmlDeviceGetPowerManagementLimitConstraints, &smallest, &largest)) {
        reading.smallestPowerLimit = smallest * kMilli;
        reading.largestPowerLimit = largest * kMilli;
    }
    reading.fanFraction = scaled(gpu.number(functions.nvmlDeviceGetFanSpeed), kPercent);
}

std::vector<ClockLimit> clockLimitsFrom(unsigned long long bits)
{
    constexpr std::array<std::pair<long long, ClockLimit>, 9> kBits{{
        {nvmlClocksEventReasonGpuIdle, ClockLimit::Idle},
        {nvmlClocksEventReasonApplicationsClocksSetting, ClockLimit::ApplicationSetting},
        {nvmlClocksEventReasonSwPowerCap, ClockLimit::PowerCap},
        {nvmlClocksThrottleReasonHwSlowdown, ClockLimit::HardwareSlowdown},
        {nvmlClocksEventReasonSyncBoost, ClockLimit::SyncBoost},
        {nvmlClocksEventReasonSwThermalSlowdown, ClockLimit::SoftwareThermal},
        {nvmlClocksThrottleReasonHwThermalSlowdown, ClockLimit::HardwareThermal},
        {nvmlClocksThrottleReasonHwPowerBrakeSlowdown, ClockLimit::HardwarePowerBrake},
        {nvmlClocksEventReasonDisplayClockSetting, ClockLimit::DisplaySetting},
    }};
    std::vector<ClockLimit> limits;
    for (const auto& [bit, limit] : kBits) {
        if ((bits & static_cast<unsigned long long>(bit)) != 0)
            limits.push_back(limit);
    }
    return limits;
}

void readClocks(GpuQuestions& gpu, GpuReading& reading)
{
    const NvmlFunctions& functions = gpu.functions();
    reading.graphicsClock = wholeOf(gpu.number(functions.nvmlDeviceGetClockInfo, NVML_CLOCK_GRAPHICS));
    reading.memoryClock = wholeOf(gpu.number(functions.nvmlDeviceGetClockInfo, NVML_CLOCK_MEM));
    unsigned long long limits = 0;
    nvmlReturn_t answer = gpu.result(functions.nvmlDeviceGetCurrentClocksEventReasons, &limits);
    if (answer == NVML_ERROR_FUNCTION_NOT_FOUND)
        answer = gpu.result(functions.olderClockLimits, &limits);
    if (answer == NVML_SUCCESS)
        reading.clockLimits = clockLimitsFrom(limits);
}

void readLargestClocks(GpuQuestions& gpu, GpuReading& reading)
{
    const auto largest = [&](nvmlClockType_t which) {
        return wholeOf(gpu.number(gpu.functions().nvmlDeviceGetMaxClockInfo, which));
    };
    reading.largestGraphicsClock = largest(NVML_CLOCK_GRAPHICS);
    reading.largestMemoryClock = largest(NVML_CLOCK_MEM);
}

void readLink(GpuQuestions& gpu, GpuReading& reading)
{
    const NvmlFunctions& functions = gpu.functions();
    reading.pcieGeneration = wholeOf(gpu.number(functions.nvmlDeviceGetCurrPcieLinkGeneration));
    reading.largestPcieGeneration = wholeOf(gpu.number(functions.nvmlDeviceGetMaxPcieLinkGeneration));
    reading.pcieWidth = wholeOf(gpu.number(functions.nvmlDeviceGetCurrPcieLinkWidth));
    reading.largestPcieWidth = wholeOf(gpu.number(functions.nvmlDeviceGetMaxPcieLinkWidth));
}

void readTraffic(GpuQuestions& gpu, GpuReading& reading)
{
    const auto traffic = [&](nvmlPcieUtilCounter_t which) {
        return scaled(gpu.number(gpu.functions().nvmlDeviceGetPcieThroughput, which), kKilo);
    };
    reading.pcieReceived = traffic(NVML_PCIE_UTIL_RX_BYTES);
    reading.pcieSent = traffic(NVML_PCIE_UTIL_TX_BYTES);
}

void readErrors(GpuQuestions& gpu, GpuReading& reading)
{
    const NvmlFunctions& functions = gpu.functions();
    nvmlEnableState_t now = NVML_FEATURE_DISABLED;
    nvmlEnableState_t next = NVML_FEATURE_DISABLED;
    if (gpu.ask(functions.nvmlDeviceGetEccMode, &now, &next))
        reading.hasEcc = now == NVML_FEATURE_ENABLED;
    const auto errors = [&](nvmlMemoryErrorType_t type) -> std::optional<std::uint64_t> {
        unsigned long long count = 0;
        if (!gpu.ask(functions.nvmlDeviceGetTotalEccErrors, type, NVML_VOLATILE_ECC, &count))
            return std::nullopt;
        return count;
    };
    reading.correctedErrors = errors(NVML_MEMORY_ERROR_TYPE_CORRECTED);
    reading.uncorrectedErrors = errors(NVML_MEMORY_ERROR_TYPE_UNCORRECTED);
}

GpuVirtualization virtualizationFrom(nvmlGpuVirtualizationMode_t mode)
{
    switch (mode) {
    case NVML_GPU_VIRTUALIZATION_MODE_NONE:
        return GpuVirtualization::None;
    case NVML_GPU_VIRTUALIZATION_MODE_PASSTHROUGH:
        return GpuVirtualization::Passthrough;
    case NVML_GPU_VIRTUALIZATION_MODE_VGPU:
        return GpuVirtualization::Vgpu;
    case NVML_GPU_VIRTUALIZATION_MODE_HOST_VGPU:
        return GpuVirtualization::HostVgpu;
    case NVML_GPU_VIRTUALIZATION_MODE_HOST_VSGA:
        return GpuVirtualization::HostVsga;
    }
    return GpuVirtualization::Unknown; // a newer driver's
}

void readPartition(GpuQuestions& gpu, GpuReading& reading)
{
    const NvmlFunctions& functions = gpu.functions();
    unsigned now = 0;
    unsigned next = 0;
    if (gpu.ask(functions.nvmlDeviceGetMigMode, &now, &next))
        reading.hasMig = now == NVML_DEVICE_MIG_ENABLE;
    nvmlGpuVirtualizationMode_t mode = NVML_GPU_VIRTUALIZATION_MODE_NONE;
    if (gpu.ask(functions.nvmlDeviceGetVirtualizationMode, &mode))
        reading.virtualization = virtualizationFrom(mode);
}

/// What changes each second, beside the memory. Leaves the questions turned to the whole GPU.
void readQuickFields(GpuQuestions& gpu, nvmlDevice_t whole, GpuReading& reading)
{
    readUse(gpu, reading);
    readProcesses(gpu, reading);
    gpu.turnTo(whole);
    reading.temperature = temperatureOf(gpu);
    reading.power = scaled(gpu.number(gpu.functions().nvmlDeviceGetPowerUsage), kMilli);
    readClocks(gpu, reading);
}

/// What changes seldom, or is slow to read.
void readSlowFields(GpuQuestions& gpu, GpuReading& reading)
{
    readThresholds(gpu, reading);
    readPowerLimits(gpu, reading);
    readLargestClocks(gpu, reading);
    readLink(gpu, reading);
    readErrors(gpu, reading);
    readPartition(gpu, reading);
    readTraffic(gpu, reading);
}

/// As sysfs has it: "0000:01:00.0", where NVML may write "00000000:01:00.0".
std::string sysfsName(std::string_view busId)
{
    constexpr std::size_t kDomain = 4;
    std::string name{busId};
    // Domains beyond 16 bits have more digits in both.
    if (const std::size_t colon = name.find(':'); colon != std::string::npos && colon > kDomain)
        name.erase(0, std::min(colon - kDomain, name.find_first_not_of('0')));
    std::ranges::transform(
        name, name.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return name;
}

/// A search by UUID may end at another GPU of the machine that is lost: here each is asked for its own.
std::optional<nvmlDevice_t> findOneByOne(const NvmlFunctions& functions, const std::string& uuid)
{
    unsigned count = 0;
    const bool canAsk = functions.nvmlDeviceGetCount && functions.nvmlDeviceGetHandleByIndex
        && functions.nvmlDeviceGetUUID && functions.nvmlDeviceGetCount(&count) == NVML_SUCCESS;
    for (unsigned i = 0; canAsk && i < count; ++i) {
        nvmlDevice_t device{};
        std::array<char, NVML_DEVICE_UUID_V2_BUFFER_SIZE> text{};
        if (functions.nvmlDeviceGetHandleByIndex(i, &device) == NVML_SUCCESS
            && functions.nvmlDeviceGetUUID(device, text.data(), text.size() - 1) == NVML_SUCCESS && uuid == text.data())
            return device;
    }
    return std::nullopt;
}

} // namespace

Result<GpuReader> GpuReader::open(std::shared_ptr<const NvmlLibrary> nvml, const std::string& uuid)
{
    const NvmlFunctions& functions = nvml->functions();
    // An instance of a GPU that is cut up (MIG) has the UUID of the instance, and NVML wants to know that.
    const bool hasPrefix = uuid.starts_with("GPU-") || uuid.starts_with("MIG-");
    const std::string bare = hasPrefix ? uuid.substr(4) : uuid;
    const auto isUnknown = [](nvmlReturn_t answer) {
        return answer == NVML_ERROR_NOT_FOUND || answer == NVML_ERROR_INVALID_ARGUMENT;
    };
    nvmlReturn_t answer = NVML_ERROR_NOT_FOUND;
    for (const char* prefix : {"GPU-", "MIG-"}) {
        nvmlDevice_t device{};
        answer = functions.nvmlDeviceGetHandleByUUID((prefix + bare).c_str(), &device);
        if (answer == NVML_SUCCESS)
            return GpuReader{std::move(nvml), device};
        if (!isUnknown(answer))
            break; // the answer to another name would hide this one
    }
    if (const auto device = isUnknown(answer) ? std::nullopt : findOneByOne(functions, "GPU-" + bare))
        return GpuReader{std::move(nvml), *device};
    const ErrorCode code = isUnknown(answer) ? ErrorCode::DeviceNotFound : ErrorCode::DeviceError;
    return fail(
        code, "NVML does not find " + uuid + ": " + nvml->textOf(answer), {.systemCode = static_cast<int>(answer)});
}

GpuReader::GpuReader(std::shared_ptr<const NvmlLibrary> nvml, nvmlDevice_t device)
    : m_nvml(std::move(nvml))
    , m_device(device)
    , m_whole(wholeGpu())
{
    nvmlPciInfo_t bus{};
    const auto function = m_nvml->functions().nvmlDeviceGetPciInfo;
    if (function && function(m_whole, &bus) == NVML_SUCCESS)
        m_busId = sysfsName(bus.busId);
}

/// A whole GPU has none that it is a part of.
nvmlDevice_t GpuReader::wholeGpu() const
{
    nvmlDevice_t whole{};
    const auto function = m_nvml->functions().nvmlDeviceGetDeviceHandleFromMigDeviceHandle;
    return function && function(m_device, &whole) == NVML_SUCCESS ? whole : m_device;
}

Result<GpuReading> GpuReader::read(ReadingScope scope) const
{
    GpuQuestions gpu{m_nvml->functions(), m_device};
    GpuReading reading;
    readMemory(gpu, reading);
    if (scope != ReadingScope::Memory)
        readQuickFields(gpu, m_whole, reading);
    if (scope == ReadingScope::Full)
        readSlowFields(gpu, reading);
    if (const auto loss = gpu.loss())
        return fail(ErrorCode::DeviceLost, "NVML has lost the GPU: " + m_nvml->textOf(*loss),
            {.systemCode = static_cast<int>(*loss)});
    if (const auto failure = gpu.failure())
        return fail(ErrorCode::DeviceError, "NVML answers nothing about the GPU: " + m_nvml->textOf(*failure),
            {.systemCode = static_cast<int>(*failure)});
    return reading;
}

} // namespace weightroom::engine
