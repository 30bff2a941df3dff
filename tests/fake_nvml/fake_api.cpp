// SPDX-License-Identifier: GPL-3.0-or-later
//
// The functions of NVML that the engine asks, as nvml.h declares them.
#include "tests/fake_nvml/fake_answers.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <string_view>

using nlohmann::json;
using weightroom::fake_nvml::answers;

namespace {

// Their addresses are the handles.
int theGpu = 0;
int theInstance = 0; // of the GPU, while it is cut up (MIG)

nvmlDevice_t handleOf(int& gpu) { return reinterpret_cast<nvmlDevice_t>(&gpu); }

/// An instance answers only for what is its own.
bool isRefused(nvmlDevice_t device, std::string_view about)
{
    return device == handleOf(theInstance) && !about.starts_with("nvmlDeviceGetMemoryInfo")
        && !about.starts_with("nvmlDeviceGetComputeRunningProcesses")
        && !about.starts_with("nvmlDeviceGetGraphicsRunningProcesses");
}

nvmlReturn_t answerOf(nvmlDevice_t device, const std::string& about, const std::function<void(const json&)>& fill)
{
    return isRefused(device, about) ? answers().answer(NVML_ERROR_NOT_SUPPORTED) : answers().answer(about, fill);
}

std::string question(const char* function, int argument)
{
    return std::string{function} + '/' + std::to_string(argument);
}

template <class Number>
void take(const json& row, const char* name, Number* number)
{
    *number = static_cast<Number>(row.at(name).get<std::uint64_t>());
}

template <class Number>
nvmlReturn_t one(nvmlDevice_t device, const std::string& about, Number* value)
{
    return answerOf(device, about, [&](const json& row) { take(row, "value", value); });
}

template <class Number>
nvmlReturn_t two(nvmlDevice_t device, const char* about, const char* firstName, Number* first, const char* secondName,
    Number* second)
{
    return answerOf(device, about, [&](const json& row) {
        take(row, firstName, first);
        take(row, secondName, second);
    });
}

nvmlReturn_t copyText(const std::string& text, char* to, unsigned size)
{
    if (text.size() + 1 > size)
        return NVML_ERROR_INSUFFICIENT_SIZE;
    std::memcpy(to, text.c_str(), text.size() + 1);
    return NVML_SUCCESS;
}

nvmlReturn_t listProcesses(nvmlDevice_t device, const char* about, unsigned* count, nvmlProcessInfo_t* rows)
{
    bool isTooShort = false;
    const nvmlReturn_t result = answerOf(device, about, [&](const json& row) {
        const json& processes = row.at("processes");
        isTooShort = processes.size() > *count;
        *count = static_cast<unsigned>(processes.size());
        for (std::size_t i = 0; i < processes.size() && !isTooShort; ++i) {
            rows[i] = {};
            take(processes[i], "pid", &rows[i].pid);
            take(processes[i], "usedGpuMemory", &rows[i].usedGpuMemory);
        }
    });
    return isTooShort ? NVML_ERROR_INSUFFICIENT_SIZE : result;
}

} // namespace

extern "C" {

nvmlReturn_t nvmlInit() { return answers().start(); }
nvmlReturn_t nvmlShutdown() { return answers().end(); }

const char* nvmlErrorString(nvmlReturn_t result)
{
    return result == NVML_ERROR_NOT_SUPPORTED ? "Not Supported"
        : result == NVML_ERROR_GPU_IS_LOST    ? "GPU is lost"
                                              : "Unknown Error";
}

nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned length)
{
    return copyText(answers().text("driver"), version, length);
}

nvmlReturn_t nvmlSystemGetNVMLVersion(char* version, unsigned length)
{
    return copyText(answers().text("nvml"), version, length);
}

nvmlReturn_t nvmlDeviceGetHandleByUUID(const char* uuid, nvmlDevice_t* device)
{
    if (answers().text("uuid") != uuid)
        return NVML_ERROR_NOT_FOUND;
    if (answers().lostGpus() > 0)
        return NVML_ERROR_GPU_IS_LOST;
    if (const nvmlReturn_t found = answers().find(); found != NVML_SUCCESS)
        return found;
    *device = handleOf(answers().isCutUp() ? theInstance : theGpu);
    return NVML_SUCCESS;
}

nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t device, nvmlDevice_t* whole)
{
    if (device != handleOf(theInstance))
        return NVML_ERROR_INVALID_ARGUMENT;
    *whole = handleOf(theGpu);
    return NVML_SUCCESS;
}

nvmlReturn_t nvmlDeviceGetCount(unsigned* count)
{
    *count = answers().lostGpus() + 1;
    return NVML_SUCCESS;
}

// The lost ones come first.
nvmlReturn_t nvmlDeviceGetHandleByIndex(unsigned index, nvmlDevice_t* device)
{
    if (index < answers().lostGpus())
        return NVML_ERROR_GPU_IS_LOST;
    *device = handleOf(theGpu);
    return index == answers().lostGpus() ? answers().find() : NVML_ERROR_INVALID_ARGUMENT;
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t, char* uuid, unsigned length)
{
    return copyText(answers().text("uuid"), uuid, length);
}

nvmlReturn_t nvmlDeviceGetPciInfo(nvmlDevice_t device, nvmlPciInfo_t* pci)
{
    return answerOf(device, "nvmlDeviceGetPciInfo_v3", [&](const json& row) {
        std::snprintf(pci->busId, sizeof pci->busId, "%s", row.at("busId").get<std::string>().c_str());
    });
}

nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t* memory)
{
    if (memory->version != nvmlMemory_v2)
        return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    return answerOf(device, "nvmlDeviceGetMemoryInfo_v2", [&](const json& row) {
        take(row, "total", &memory->total);
        take(row, "reserved", &memory->reserved);
        take(row, "free", &memory->free);
        take(row, "used", &memory->used);
    });
}

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t* memory)
{
    return answerOf(device, "nvmlDeviceGetMemoryInfo", [&](const json& row) {
        take(row, "total", &memory->total);
        take(row, "free", &memory->free);
        take(row, "used", &memory->used);
    });
}

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t* rates)
{
    return two(device, "nvmlDeviceGetUtilizationRates", "gpu", &rates->gpu, "memory", &rates->memory);
}

nvmlReturn_t nvmlDeviceGetTemperatureV(nvmlDevice_t device, nvmlTemperature_t* temperature)
{
    if (temperature->version != nvmlTemperature_v1)
        return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    return answerOf(device, "nvmlDeviceGetTemperatureV",
        [&](const json& row) { take(row, "temperature", &temperature->temperature); });
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, nvmlTemperatureSensors_t sensor, unsigned* value)
{
    return one(device, question("nvmlDeviceGetTemperature", sensor), value);
}

nvmlReturn_t nvmlDeviceGetTemperatureThreshold(nvmlDevice_t device, nvmlTemperatureThresholds_t which, unsigned* value)
{
    return one(device, question("nvmlDeviceGetTemperatureThreshold", which), value);
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned* value)
{
    return one(device, "nvmlDeviceGetPowerUsage", value);
}

nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned* value)
{
    return one(device, "nvmlDeviceGetEnforcedPowerLimit", value);
}

nvmlReturn_t nvmlDeviceGetPowerManagementLimitConstraints(nvmlDevice_t device, unsigned* smallest, unsigned* largest)
{
    return two(device, "nvmlDeviceGetPowerManagementLimitConstraints", "smallest", smallest, "largest", largest);
}

nvmlReturn_t nvmlDeviceGetFanSpeed(nvmlDevice_t device, unsigned* value)
{
    return one(device, "nvmlDeviceGetFanSpeed", value);
}

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned* value)
{
    return one(device, question("nvmlDeviceGetClockInfo", type), value);
}

nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t device, nvmlClockType_t type, unsigned* value)
{
    return one(device, question("nvmlDeviceGetMaxClockInfo", type), value);
}

nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t device, unsigned long long* value)
{
    return one(device, "nvmlDeviceGetCurrentClocksEventReasons", value);
}

nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t device, unsigned long long* value)
{
    return one(device, "nvmlDeviceGetCurrentClocksThrottleReasons", value);
}

nvmlReturn_t nvmlDeviceGetCurrPcieLinkGeneration(nvmlDevice_t device, unsigned* value)
{
    return one(device, "nvmlDeviceGetCurrPcieLinkGeneration", value);
}

nvmlReturn_t nvmlDeviceGetMaxPcieLinkGeneration(nvmlDevice_t device, unsigned* value)
{
    return one(device, "nvmlDeviceGetMaxPcieLinkGeneration", value);
}

nvmlReturn_t nvmlDeviceGetCurrPcieLinkWidth(nvmlDevice_t device, unsigned* value)
{
    return one(device, "nvmlDeviceGetCurrPcieLinkWidth", value);
}

nvmlReturn_t nvmlDeviceGetMaxPcieLinkWidth(nvmlDevice_t device, unsigned* value)
{
    return one(device, "nvmlDeviceGetMaxPcieLinkWidth", value);
}

nvmlReturn_t nvmlDeviceGetPcieThroughput(nvmlDevice_t device, nvmlPcieUtilCounter_t counter, unsigned* value)
{
    return one(device, question("nvmlDeviceGetPcieThroughput", counter), value);
}

nvmlReturn_t nvmlDeviceGetEccMode(nvmlDevice_t device, nvmlEnableState_t* now, nvmlEnableState_t* next)
{
    return two(device, "nvmlDeviceGetEccMode", "now", now, "next", next);
}

nvmlReturn_t nvmlDeviceGetTotalEccErrors(
    nvmlDevice_t device, nvmlMemoryErrorType_t type, nvmlEccCounterType_t counter, unsigned long long* value)
{
    return one(device, question(question("nvmlDeviceGetTotalEccErrors", type).c_str(), counter), value);
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(nvmlDevice_t device, unsigned* count, nvmlProcessInfo_t* rows)
{
    return listProcesses(device, "nvmlDeviceGetComputeRunningProcesses_v3", count, rows);
}

nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses(nvmlDevice_t device, unsigned* count, nvmlProcessInfo_t* rows)
{
    return listProcesses(device, "nvmlDeviceGetGraphicsRunningProcesses_v3", count, rows);
}

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned* now, unsigned* next)
{
    return two(device, "nvmlDeviceGetMigMode", "now", now, "next", next);
}

nvmlReturn_t nvmlDeviceGetVirtualizationMode(nvmlDevice_t device, nvmlGpuVirtualizationMode_t* mode)
{
    return one(device, "nvmlDeviceGetVirtualizationMode", mode);
}

} // extern "C"
