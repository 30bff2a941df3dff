// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Finds folders by names that are compared case-folded, as programs do that come from other systems. Lists each folder
/// once; what cannot be listed has nothing in it here, because the walk reports it. Used by one thread.
class FolderFinder {
public:
    /// The folders at `pattern` below `root`: names joined by '/', of which "*" is any one. Links are folders too.
    /// Sorted.
    [[nodiscard]] std::vector<std::filesystem::path> find(const std::filesystem::path& root, std::string_view pattern);
    /// The names of the folders directly in `folder`, without hidden ones; sorted.
    [[nodiscard]] const std::vector<std::string>& namesIn(const std::filesystem::path& folder);

private:
    std::map<std::filesystem::path, std::vector<std::string>> m_names;
};

} // namespace weightroom::engine
