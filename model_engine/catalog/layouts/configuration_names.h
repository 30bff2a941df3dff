// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace weightroom::engine {

/// Files in which programs name folders, by their path below the root: what changes there may change where models are.
inline constexpr std::array<std::string_view, 6> kConfigurationFiles{
    "extra_model_paths.yaml", "webui-user.sh", "Data/Settings.fds", "config.json", "config.txt", "invokeai.yaml"};

/// Whether a file has the name of one of them.
[[nodiscard]] constexpr bool isConfigurationName(std::string_view name)
{
    return std::ranges::any_of(
        kConfigurationFiles, [name](std::string_view file) { return file.substr(file.find_last_of('/') + 1) == name; });
}

/// Whether a file is InvokeAI's database: it names models, and is written with each picture that is made.
[[nodiscard]] constexpr bool isLibraryDatabaseName(std::string_view name)
{
    return name == "invokeai.db" || name == "invokeai.db-wal";
}

} // namespace weightroom::engine
