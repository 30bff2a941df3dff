// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/limits/machine_facts.h"

#include "model_engine/core/files/kernel_file.h"
#include "model_engine/core/settings/settings.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <sys/utsname.h>
#include <thread>

namespace weightroom::engine {
namespace {

/// Of the first processor: "model name	: AMD EPYC 9654 96-Core Processor".
std::string processorNameIn(const std::string& text)
{
    constexpr std::string_view kField = "\nmodel name";
    const std::size_t field = ("\n" + text).find(kField);
    if (field == std::string::npos)
        return {};
    const std::size_t end = std::min(text.find('\n', field), text.size());
    const std::size_t colon = text.find(": ", field);
    return colon < end ? toValidUtf8(std::string_view{text}.substr(colon + 2, end - colon - 2)) : std::string{};
}

std::string kernelName()
{
    utsname system{};
    if (::uname(&system) != 0)
        return {};
    return std::string{system.sysname} + " " + system.release;
}

} // namespace

BenchmarkMachine describeMachine(const std::filesystem::path& processorFile)
{
    return {
        .processor = processorNameIn(readKernelFile(processorFile)),
        .processors = std::thread::hardware_concurrency(),
        .memory = systemMemory(),
        .kernel = kernelName(),
        .device = {},
        .version = WEIGHTROOM_VERSION,
        .buildType = WEIGHTROOM_BUILD_TYPE,
        .features = {},
    };
}

BenchmarkDevice describeDevice(const DeviceDescription& device, const std::string& driver)
{
    return {device.id, device.kind, device.name, device.driver, driver, device.capacity};
}

} // namespace weightroom::engine
