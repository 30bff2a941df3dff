// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/folder_finder.h"

#include "model_engine/core/files/open_folder.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <sys/stat.h>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;

/// Or a link to one.
bool isFolder(int parent, const dirent& entry)
{
    const bool needsALook = entry.d_type == DT_LNK || entry.d_type == DT_UNKNOWN;
    struct stat target { };
    return needsALook ? ::fstatat(parent, entry.d_name, &target, 0) == 0 && S_ISDIR(target.st_mode)
                      : entry.d_type == DT_DIR;
}

/// A folder may hold ten thousand files: the folder tells which entries are files, and nothing is made of them.
std::vector<std::string> foldersIn(const fs::path& folder)
{
    std::vector<std::string> names;
    const OpenFolder open{::opendir(folder.c_str())};
    while (const dirent* entry = open ? ::readdir(open.get()) : nullptr) {
        if (entry->d_name[0] != '.' && isFolder(::dirfd(open.get()), *entry))
            names.emplace_back(entry->d_name);
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
