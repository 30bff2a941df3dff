// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/watch/host_reading.h"

#include <filesystem>

namespace weightroom::test {

/// A machine that tells nothing of itself but what a test writes into this folder: "meminfo", "memory", "io", "cpu",
/// "diskstats", "block", "statm", "stat", "cgroup", "groups".
[[nodiscard]] inline engine::HostFiles madeUpHost(const std::filesystem::path& folder)
{
    return {.memory = {.memoryInfo = folder / "meminfo", .pressure = folder / "memory", .groups = {}},
        .pressureFolder = folder,
        .diskStatistics = folder / "diskstats",
        .blockFolder = folder / "block",
        .ownStatistics = folder / "statm",
        .ownUse = folder / "stat",
        .ownGroup = folder / "cgroup",
        .groupRoot = folder / "groups"};
}

} // namespace weightroom::test
