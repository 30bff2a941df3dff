// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/nvml/gpu_reading.h"

namespace weightroom::engine {

std::string_view toText(GpuWork work)
{
    switch (work) {
    case GpuWork::Compute:
        return "compute";
    case GpuWork::Graphics:
        return "graphics";
    case GpuWork::ComputeAndGraphics:
        return "compute_and_graphics";
    case GpuWork::Unknown:
        break;
    }
    return "unknown";
}

std::string_view toText(ClockLimit limit)
{
    switch (limit) {
    case ClockLimit::Idle:
        return "idle";
    case ClockLimit::ApplicationSetting:
        return "application_setting";
    case ClockLimit::PowerCap:
        return "power_cap";
    case ClockLimit::HardwareSlowdown:
        return "hardware_slowdown";
    case ClockLimit::SyncBoost:
        return "sync_boost";
    case ClockLimit::SoftwareThermal:
        return "software_thermal";
    case ClockLimit::HardwareThermal:
        return "hardware_thermal";
    case ClockLimit::HardwarePowerBrake:
        return "hardware_power_brake";
    case ClockLimit::DisplaySetting:
        return "display_setting";
    case ClockLimit::None:
        break;
    }
    return "none";
}

std::string_view toText(GpuVirtualization virtualization)
{
    switch (virtualization) {
    case GpuVirtualization::None:
        return "none";
    case GpuVirtualization::Passthrough:
        return "passthrough";
    case GpuVirtualization::Vgpu:
        return "vgpu";
    case GpuVirtualization::HostVgpu:
        return "host_vgpu";
    case GpuVirtualization::HostVsga:
        return "host_vsga";
    case GpuVirtualization::Unknown:
        break;
    }
    return "unknown";
}

} // namespace weightroom::engine
