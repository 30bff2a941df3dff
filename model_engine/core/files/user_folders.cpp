// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/user_folders.h"

#include <cstdlib>

namespace weightroom::engine {
namespace {

/// The specification has relative paths ignored.
std::filesystem::path folderFrom(const char* variable, const char* belowHome)
{
    const char* chosen = std::getenv(variable); // NOLINT(concurrency-mt-unsafe)
    if (chosen && std::filesystem::path{chosen}.is_absolute())
        return std::filesystem::path{chosen} / "weightroom";
    const char* home = std::getenv("HOME"); // NOLINT(concurrency-mt-unsafe)
    return std::filesystem::path{home ? home : "/"} / belowHome / "weightroom";
}

} // namespace

std::filesystem::path userConfigFolder() { return folderFrom("XDG_CONFIG_HOME", ".config"); }

std::filesystem::path userDataFolder() { return folderFrom("XDG_DATA_HOME", ".local/share"); }

} // namespace weightroom::engine
