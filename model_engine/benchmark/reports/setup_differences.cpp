// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/setup_differences.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

std::string deviceKindOf(const BenchmarkReport& report)
{
    const auto& device = report.machine.device;
    return device ? std::string{toText(device->kind)} : "RAM cache only";
}

std::string precisionOf(const BenchmarkReport& report)
{
    const PrecisionRequest& precision = report.settings.precision;
    return std::string{toText(precision.precision)}.append(", level ").append(toText(precision.level));
}

std::string deviceOf(const BenchmarkReport& report)
{
    const auto& device = report.machine.device;
    return device ? device->name + ", " + toText(device->capacity) : std::string{};
}

std::string driverOf(const BenchmarkReport& report)
{
    const auto& device = report.machine.device;
    return device && !device->driver.empty() ? device->driver + ", " + device->interface
        : device                             ? device->interface
                                             : std::string{
    };
}

/// "direct_io on, share_contents off".
std::string featuresOf(const BenchmarkReport& report)
{
    std::string list;
    for (const auto& [name, isOn] : report.machine.features)
        list.append(list.empty() ? "" : ", ").append(name).append(isOn ? " on" : " off");
    return list;
}

std::string otherLoadsOf(const BenchmarkReport& report)
{
    return report.otherLoads ? std::to_string(*report.otherLoads) : std::string{};
}

struct Reading {
    SetupAspect aspect;
    std::string (*read)(const BenchmarkReport&);
};

constexpr std::array kReadings{
    Reading{SetupAspect::DeviceKind, deviceKindOf},
    Reading{SetupAspect::Precision, precisionOf},
    Reading{SetupAspect::Temperature,
        [](const BenchmarkReport& report) { return std::string{toText(report.settings.temperature)}; }},
    Reading{SetupAspect::Processor, [](const BenchmarkReport& report) { return report.machine.processor; }},
    Reading{SetupAspect::Processors,
        [](const BenchmarkReport& report) { return std::to_string(report.machine.processors); }},
    Reading{SetupAspect::Memory, [](const BenchmarkReport& report) { return toText(report.machine.memory); }},
    Reading{SetupAspect::Kernel, [](const BenchmarkReport& report) { return report.machine.kernel; }},
    Reading{SetupAspect::Device, deviceOf},
    Reading{SetupAspect::Driver, driverOf},
    Reading{SetupAspect::Version, [](const BenchmarkReport& report) { return report.machine.version; }},
    Reading{SetupAspect::BuildType, [](const BenchmarkReport& report) { return report.machine.buildType; }},
    Reading{SetupAspect::Features, featuresOf},
    Reading{SetupAspect::Verification,
        [](const BenchmarkReport& report) { return std::string{report.settings.verifies ? "on" : "off"}; }},
    Reading{SetupAspect::OtherLoads, otherLoadsOf},
};
static_assert(std::ranges::is_sorted(kReadings, {}, &Reading::aspect));

} // namespace

std::vector<SetupDifference> setupDifferences(const BenchmarkReport& before, const BenchmarkReport& after)
{
    std::vector<SetupDifference> differences;
    for (const Reading& reading : kReadings) {
        SetupDifference difference{reading.aspect, reading.read(before), reading.read(after)};
        if (difference.before != difference.after)
            differences.push_back(std::move(difference));
    }
    return differences;
}

} // namespace weightroom::engine
