// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace weightroom::engine {

/// The content of a file of /proc or /sys. These tell no size beforehand, so that readSmallFile() would find them
/// empty. Empty for a file that cannot be read; at most 64 KiB.
[[nodiscard]] std::string readKernelFile(const std::filesystem::path& path);

} // namespace weightroom::engine
