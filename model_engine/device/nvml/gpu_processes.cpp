// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/nvml/gpu_processes.h"

#include <algorithm>
#include <map>

namespace weightroom::engine {
namespace {

using Processes = std::map<std::int64_t, GpuProcess>;

/// NVML's word for "not reported", and what no process has: some drivers give 0 in containers, others have been seen to
/// give other large numbers.
std::optional<Bytes> usedMemory(unsigned long long bytes, const std::optional<Bytes>& total)
{
    const bool isReported = bytes != static_cast<unsigned long long>(NVML_VALUE_NOT_AVAILABLE) && bytes > 0;
    return isReported && (!total || bytes <= total->value) ? std::optional{Bytes{bytes}} : std::nullopt;
}

/// A process may be in both lists, with the same memory.
void enter(Processes& processes, const GpuProcess& found)
{
    const auto [row, isNew] = processes.try_emplace(found.id, found);
    if (isNew)
        return;
    GpuProcess& known = row->second;
    if (known.work != found.work)
        known.work = GpuWork::ComputeAndGraphics;
    if (!known.memory || (found.memory && *found.memory > *known.memory))
        known.memory = found.memory ? found.memory : known.memory;
}

/// False when they are not told.
template <class Function>
bool enterProcesses(
    GpuQuestions& gpu, Function function, GpuWork work, const std::optional<Bytes>& total, Processes& processes)
{
    constexpr std::size_t kUsual = 32;
    constexpr int kAttempts = 4; // processes may begin between two of them
    std::vector<nvmlProcessInfo_t> rows(kUsual);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        auto count = static_cast<unsigned>(rows.size());
        const nvmlReturn_t answer = gpu.result(function, &count, rows.data());
        if (answer == NVML_ERROR_INSUFFICIENT_SIZE) {
            rows.resize(std::max<std::size_t>(rows.size(), count) * 2);
            continue;
        }
        if (answer != NVML_SUCCESS)
            return false;
        for (std::size_t i = 0; i < std::min<std::size_t>(count, rows.size()); ++i)
            enter(processes, {rows[i].pid, work, usedMemory(rows[i].usedGpuMemory, total)});
        return true;
    }
    return false;
}

} // namespace

void readProcesses(GpuQuestions& gpu, GpuReading& reading)
{
    const NvmlFunctions& functions = gpu.functions();
    Processes processes;
    const bool hasCompute = enterProcesses(
        gpu, functions.nvmlDeviceGetComputeRunningProcesses, GpuWork::Compute, reading.memoryTotal, processes);
    const bool hasGraphics = enterProcesses(
        gpu, functions.nvmlDeviceGetGraphicsRunningProcesses, GpuWork::Graphics, reading.memoryTotal, processes);
    if (!hasCompute && !hasGraphics)
        return;
    reading.processes.emplace();
    for (const auto& [id, process] : processes)
        reading.processes->push_back(process);
}

} // namespace weightroom::engine
