// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/setup_differences.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

std::string deviceKindOf(const SetupSource& setup)
{
    const auto& device = setup.machine.device;
    return device ? std::string{toText(device->kind)} : "RAM cache only";
}

std::string precisionOf(const SetupSource& setup)
{
    const PrecisionRequest& precision = setup.settings.precision;
    return std::string{toText(precision.precision)}.append(", level ").append(toText(precision.level));
}

std::string deviceOf(const SetupSource& setup)
{
    const auto& device = setup.machine.device;
    return device ? device->name + ", " + toText(device->capacity) : std::string{};
}

std::string driverOf(const SetupSource& setup)
{
    const auto& device = setup.machine.device;
    return device && !device->driver.empty() ? device->driver + ", " + device->interface
        : device                             ? device->interface
                                             : std::string{
    };
}

/// "direct_io on, share_contents off".
std::string featuresOf(const SetupSource& setup)
{
    std::string list;
    for (const auto& [name, isOn] : setup.machine.features)
        list.append(list.empty() ? "" : ", ").append(name).append(isOn ? " on" : " off");
    return list;
}

std::string otherLoadsOf(const SetupSource& setup)
{
    return setup.otherLoads ? std::to_string(*setup.otherLoads) : std::string{};
}

struct Reading {
    SetupAspect aspect;
    std::string (*read)(const SetupSource&);
};

constexpr std::array kReadings{
    Reading{SetupAspect::DeviceKind, deviceKindOf},
    Reading{SetupAspect::Precision, precisionOf},
    Reading{SetupAspect::Temperature,
        [](const SetupSource& setup) { return std::string{toText(setup.settings.temperature)}; }},
    Reading{SetupAspect::Processor, [](const SetupSource& setup) { return setup.machine.processor; }},
    Reading{SetupAspect::Processors, [](const SetupSource& setup) { return std::to_string(setup.machine.processors); }},
    Reading{SetupAspect::Memory, [](const SetupSource& setup) { return toText(setup.machine.memory); }},
    Reading{SetupAspect::Kernel, [](const SetupSource& setup) { return setup.machine.kernel; }},
    Reading{SetupAspect::Device, deviceOf},
    Reading{SetupAspect::Driver, driverOf},
    Reading{SetupAspect::Version, [](const SetupSource& setup) { return setup.machine.version; }},
    Reading{SetupAspect::BuildType, [](const SetupSource& setup) { return setup.machine.buildType; }},
    Reading{SetupAspect::Features, featuresOf},
    Reading{SetupAspect::Verification,
        [](const SetupSource& setup) { return std::string{setup.settings.verifies ? "on" : "off"}; }},
    Reading{SetupAspect::OtherLoads, otherLoadsOf},
};
static_assert(std::ranges::is_sorted(kReadings, {}, &Reading::aspect));

} // namespace

std::vector<SetupDifference> setupDifferences(const SetupSource& before, const SetupSource& after)
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
