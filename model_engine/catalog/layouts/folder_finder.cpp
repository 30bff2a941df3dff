// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/folder_finder.h"

#include "model_engine/core/utf8.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> foldersIn(const fs::path& folder)
{
    std::vector<std::string> names;
    std::error_code failed;
    fs::directory_iterator entry{folder, fs::directory_options::skip_permission_denied, failed};
    for (; !failed && entry != fs::directory_iterator{}; entry.increment(failed)) {
        std::error_code unknown;
        std::string name = entry->path().filename().string();
        if (!name.starts_with('.') && entry->is_directory(unknown))
            names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
}

bool isMatch(std::string_view wanted, const std::string& name)
{
    return wanted == "*" || lowerCase(std::string{wanted}) == lowerCase(name);
}

} // namespace

std::vector<fs::path> FolderFinder::find(const fs::path& root, std::string_view pattern)
{
    std::vector<fs::path> found{root};
    while (!pattern.empty()) {
        const std::string_view wanted = pattern.substr(0, pattern.find('/'));
        pattern.remove_prefix(std::min(pattern.size(), wanted.size() + 1));
        std::vector<fs::path> below;
        for (const fs::path& folder : found) {
            for (const std::string& name : namesIn(folder)) {
                if (isMatch(wanted, name))
                    below.push_back(folder / name);
            }
        }
        found = std::move(below);
    }
    return found;
}

const std::vector<std::string>& FolderFinder::namesIn(const fs::path& folder)
{
    const auto known = m_names.find(folder);
    return known != m_names.end() ? known->second : m_names.emplace(folder, foldersIn(folder)).first->second;
}

} // namespace weightroom::engine
