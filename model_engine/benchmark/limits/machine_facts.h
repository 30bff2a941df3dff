// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_report.h"

#include <filesystem>

namespace weightroom::engine {

/// What this machine and this program are: processor, processors, memory, kernel, version and build type. The device
/// and the features are left to who knows them. Reads a file of the kernel.
[[nodiscard]] BenchmarkMachine describeMachine(const std::filesystem::path& processorFile = "/proc/cpuinfo");

/// A device as a report has it. `driver`: as the monitor knows it; empty: unknown.
[[nodiscard]] BenchmarkDevice describeDevice(const DeviceDescription& device, const std::string& driver);

} // namespace weightroom::engine
