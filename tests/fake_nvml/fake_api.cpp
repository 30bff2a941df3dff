// SPDX-License-Identifier: GPL-3.0-or-later
//
// The functions of NVML that the engine asks, as nvml.h declares them.
#include "tests/fake_nvml/fake_answers.h"

#include <algorithm>
#include <cstdio>
#include <cstring>

using nlohmann::json;
using weightroom::fake_nvml::answers;

namespace {

int theGpu = 0; // its address is the handle

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
nvmlReturn_t one(const std::string& about, Number* value)
{
    return answers().answer(about, [&](const json& row) { take(row, "value", value); });
}

template <class Number>
nvmlReturn_t two(const char* about, const char* firstName, Number* first, const char* secondName, Number* second)
{
    return answers().answer(about, [&](const json& row) {
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

nvmlReturn_t listProcesses(const char* about, unsigned* count, nvmlProcessInfo_t* rows)
{
    bool isTooShort = false;
    const nvmlReturn_t result = answers().answer(about, [&](const json& row) {
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
    if (const nvmlReturn_t found = answers().find(); found != NVML_SUCCESS)
        return found;
    *device = reinterpret_cast<nvmlDevice_t>(&theGpu);
    return NVML_SUCCESS;
}

nvmlReturn_t nvmlDeviceGetPciInfo(nvmlDevice_t, nvmlPciInfo_t* pci)
{
    return answers().answer("nvmlDeviceGetPciInfo_v3", [&](const json& row) {
        std::snprintf(pci->busId, sizeof pci->busId, "%s", row.at("busId").get<std::string>().c_str());
    });
}

nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t, nvmlMemory_v2_t* memory)
{
    if (memory->version != nvmlMemory_v2)
        return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    return answers().answer("nvmlDeviceGetMemoryInfo_v2", [&](const json& row) {
        take(row, "total", &memory->total);
        take(row, "reserved", &memory->reserved);
        take(row, "free", &memory->free);
        take(row, "used", &memory->used);
    });
}

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t, nvmlMemory_t* memory)
{
    return answers().answer("nvmlDeviceGetMemoryInfo", [&](const json& row) {
        take(row, "total", &memory->total);
        take(row, "free", &memory->free);
        take(row, "used", &memory->used);
    });
}

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t, nvmlUtilization_t* rates)
{
    return two("nvmlDeviceGetUtilizationRates", "gpu", &rates->gpu, "memory", &rates->memory);
}

nvmlReturn_t nvmlDeviceGetTemperatureV(nvmlDevice_t, nvmlTemperature_t* temperature)
{
    if (temperature->version != nvmlTemperature_v1)
        return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    return answers().answer(
        "nvmlDeviceGetTemperatureV", [&](const json& row) { take(row, "temperature", &temperature->temperature); });
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t, nvmlTemperatureSensors_t sensor, unsigned* value)
{
    return one(question("nvmlDeviceGetTemperature", sensor), value);
}

nvmlReturn_t nvmlDeviceGetTemperatureThreshold(nvmlDevice_t, nvmlTemperatureThresholds_t which, unsigned* value)
{
    return one(question("nvmlDeviceGetTemperatureThreshold", which), value);
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t, unsigned* value) { return one("nvmlDeviceGetPowerUsage", value); }

nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t, unsigned* value)
{
    return one("nvmlDeviceGetEnforcedPowerLimit", value);
}

nvmlReturn_t nvmlDeviceGetPowerManagementLimitConstraints(nvmlDevice_t, unsigned* smallest, unsigned* largest)
{
    return two("nvmlDeviceGetPowerManagementLimitConstraints", "smallest", smallest, "largest", largest);
}

nvmlReturn_t nvmlDeviceGetFanSpeed(nvmlDevice_t, unsigned* value) { return one("nvmlDeviceGetFanSpeed", value); }

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t, nvmlClockType_t type, unsigned* value)
{
    return one(question("nvmlDeviceGetClockInfo", type), value);
}

nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t, nvmlClockType_t type, unsigned* value)
{
    return one(question("nvmlDeviceGetMaxClockInfo", type), value);
}

nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t, unsigned long long* value)
{
    return one("nvmlDeviceGetCurrentClocksEventReasons", value);
}

nvmlReturn_t nvmlDeviceGetCurrPcieLinkGeneration(nvmlDevice_t, unsigned* value)
{
    return one("nvmlDeviceGetCurrPcieLinkGeneration", value);
}

nvmlReturn_t nvmlDeviceGetMaxPcieLinkGeneration(nvmlDevice_t, unsigned* value)
{
    return one("nvmlDeviceGetMaxPcieLinkGeneration", value);
}

nvmlReturn_t nvmlDeviceGetCurrPcieLinkWidth(nvmlDevice_t, unsigned* value)
{
    return one("nvmlDeviceGetCurrPcieLinkWidth", value);
}

nvmlReturn_t nvmlDeviceGetMaxPcieLinkWidth(nvmlDevice_t, unsigned* value)
{
    return one("nvmlDeviceGetMaxPcieLinkWidth", value);
}

nvmlReturn_t nvmlDeviceGetPcieThroughput(nvmlDevice_t, nvmlPcieUtilCounter_t counter, unsigned* value)
{
    return one(question("nvmlDeviceGetPcieThroughput", counter), value);
}

nvmlReturn_t nvmlDeviceGetEccMode(nvmlDevice_t, nvmlEnableState_t* now, nvmlEnableState_t* next)
{
    return two("nvmlDeviceGetEccMode", "now", now, "next", next);
}

nvmlReturn_t nvmlDeviceGetTotalEccErrors(
    nvmlDevice_t, nvmlMemoryErrorType_t type, nvmlEccCounterType_t counter, unsigned long long* value)
{
    return one(question(question("nvmlDeviceGetTotalEccErrors", type).c_str(), counter), value);
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses(nvmlDevice_t, unsigned* count, nvmlProcessInfo_t* rows)
{
    return listProcesses("nvmlDeviceGetComputeRunningProcesses_v3", count, rows);
}

nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses(nvmlDevice_t, unsigned* count, nvmlProcessInfo_t* rows)
{
    return listProcesses("nvmlDeviceGetGraphicsRunningProcesses_v3", count, rows);
}

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t, unsigned* now, unsigned* next)
{
    return two("nvmlDeviceGetMigMode", "now", now, "next", next);
}

nvmlReturn_t nvmlDeviceGetVirtualizationMode(nvmlDevice_t, nvmlGpuVirtualizationMode_t* mode)
{
    return one("nvmlDeviceGetVirtualizationMode", mode);
}

} // extern "C"
