// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/memory_limit.h"

#include "model_engine/core/files/kernel_file.h"

#include <algorithm>
#include <string>
#include <vector>

namespace weightroom::engine {
namespace {

constexpr std::string_view kVersion2 = "0::/";

/// The folders of this process's group and of those above it, from the root, which in a container is the container's
/// own group and has its limits. Empty where there is no group of version 2.
std::vector<std::filesystem::path> groupFolders(const ControlGroupFiles& files)
{
    const std::string membership = readKernelFile(files.membership);
    const auto group = controlGroupFrom(membership);
    if (!group)
        return {};
    std::vector<std::filesystem::path> folders{files.hierarchy};
    for (const auto& name : std::filesystem::path{*group}.relative_path()) {
        if (name == "..") // a group outside of what this process may see
            break;
        folders.push_back(folders.back() / name);
    }
    return folders;
}

std::optional<Bytes> limitIn(const std::filesystem::path& folder)
{
    std::optional<Bytes> limit;
    for (const char* name : {"memory.max", "memory.high"}) {
        if (const auto found = memoryLimitFrom(readKernelFile(folder / name)))
            limit = std::min(limit.value_or(*found), *found);
    }
    return limit;
}

/// What the group could take before its limit. The kernel drops what it calls inactive of the page cache first: that
/// counts as free. The cache's own slabs do not belong to it.
std::optional<Bytes> roomIn(const std::filesystem::path& folder)
{
    const auto limit = limitIn(folder);
    const auto current = memoryLimitFrom(readKernelFile(folder / "memory.current"));
    if (!limit || !current)
        return std::nullopt;
    const Bytes spare = kernelFigure(readKernelFile(folder / "memory.stat"), "inactive_file ").value_or(Bytes{});
    const Bytes used = *current - std::min(*current, spare);
    return *limit - std::min(*limit, used);
}

/// The smallest answer of all groups.
template <class Ask>
std::optional<Bytes> smallest(const ControlGroupFiles& files, const Ask& ask)
{
    std::optional<Bytes> least;
    for (const std::filesystem::path& folder : groupFolders(files)) {
        if (const auto found = ask(folder))
            least = std::min(least.value_or(*found), *found);
    }
    return least;
}

} // namespace

std::optional<std::string_view> controlGroupFrom(std::string_view membership)
{
    while (!membership.empty()) {
        const std::string_view line = membership.substr(0, membership.find('\n'));
        if (line.starts_with(kVersion2))
            return line.substr(kVersion2.size() - 1);
        membership.remove_prefix(std::min(line.size() + 1, membership.size()));
    }
    return std::nullopt;
}

std::optional<Bytes> memoryLimitFrom(std::string_view content)
{
    const auto limit = kernelNumber(content.substr(0, content.find('\n')));
    return limit ? std::optional{Bytes{*limit}} : std::nullopt;
}

std::optional<Bytes> kernelFigure(std::string_view content, std::string_view name)
{
    for (std::size_t begin = 0; begin < content.size();) {
        std::string_view line = content.substr(begin, content.find('\n', begin) - begin);
        begin += line.size() + 1;
        if (!line.starts_with(name))
            continue;
        line.remove_prefix(name.size());
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        return memoryLimitFrom(line.substr(0, line.find(' ')));
    }
    return std::nullopt;
}

std::optional<Bytes> controlGroupMemoryLimit(const ControlGroupFiles& files) { return smallest(files, limitIn); }

std::optional<Bytes> controlGroupMemoryRoom(const ControlGroupFiles& files) { return smallest(files, roomIn); }

} // namespace weightroom::engine
