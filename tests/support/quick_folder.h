// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace weightroom::test {

/// Where to put the files of a test that syncs very often: in memory, where the system has such a folder.
inline std::filesystem::path quickFolder()
{
    const std::filesystem::path shared{"/dev/shm"};
    return std::filesystem::is_directory(shared) ? shared : std::filesystem::temp_directory_path();
}

} // namespace weightroom::test
