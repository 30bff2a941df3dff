// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Where file systems are mounted, as the kernel lists it. None of them is asked for anything: a path can be sorted to
/// its file system although that hangs.
class MountTable {
public:
    /// Empty when it cannot be read.
    [[nodiscard]] static MountTable ofThisProcess();
    /// The text of /proc/self/mountinfo, proc(5); lines that are none of it are left out.
    [[nodiscard]] static MountTable parse(std::string_view mountInfo);

    /// The innermost mount point above a path, by its text alone: links are not followed. "/" when there is none.
    [[nodiscard]] std::filesystem::path mountPointOf(const std::filesystem::path& path) const;

private:
    std::vector<std::filesystem::path> m_points;
};

} // namespace weightroom::engine
