// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <filesystem>
#include <optional>
#include <string_view>

namespace weightroom::engine {

/// Where the kernel tells about control groups.
struct ControlGroupFiles {
    std::filesystem::path membership = "/proc/self/cgroup";
    std::filesystem::path hierarchy = "/sys/fs/cgroup";
};

/// The path of the control group of version 2 in the content of /proc/self/cgroup: the line "0::/path". Nothing when
/// there is none, as on systems with version 1 only.
[[nodiscard]] std::optional<std::string_view> controlGroupFrom(std::string_view membership);

/// The content of memory.max or memory.high: nothing for "max", and for what is no number.
[[nodiscard]] std::optional<Bytes> memoryLimitFrom(std::string_view content);

/// The number in the line that begins with `name`, of a file with one figure in each line (/proc/meminfo, memory.stat);
/// blanks and a unit behind it do not count. Nothing when there is no such line.
[[nodiscard]] std::optional<Bytes> kernelFigure(std::string_view content, std::string_view name);

/// The smallest limit that this process's control group of version 2 or one above it sets on memory: memory.max, beyond
/// which the kernel kills, or memory.high, beyond which it slows down. Containers and services have them. Nothing
/// without a limit; what cannot be read counts as none. Limits of version 1 are not looked at.
[[nodiscard]] std::optional<Bytes> controlGroupMemoryLimit(const ControlGroupFiles& files = {});

/// How much this process's control group and all above it can take before the first of these limits is reached. Nothing
/// without a limit.
[[nodiscard]] std::optional<Bytes> controlGroupMemoryRoom(const ControlGroupFiles& files = {});

} // namespace weightroom::engine
