// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/memory_limit.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

namespace weightroom::engine {
namespace {

constexpr std::string_view kVersion2 = "0::/";

/// The kernel's files tell no size beforehand, so that readSmallFile() would find them empty. Nothing of a file that
/// cannot be read.
std::string readKernelFile(const std::filesystem::path& path)
{
    // A limit has 21 bytes at most, a membership one line for each hierarchy, a dozen, of at most a path each (4 KiB).
    constexpr std::size_t kMost = 64 * 1024;
    std::string content(kMost, '\0');
    std::ifstream stream{path, std::ios::binary};
    stream.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(stream.gcount()));
    return content;
}

/// Takes the limits of the group in `folder` where they are smaller.
void tighten(std::optional<Bytes>& limit, const std::filesystem::path& folder)
{
    for (const char* name : {"memory.max", "memory.high"}) {
        if (const auto found = memoryLimitFrom(readKernelFile(folder / name)))
            limit = std::min(limit.value_or(*found), *found);
    }
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
    content = content.substr(0, content.find('\n'));
    Bytes limit;
    const auto [end, error] = std::from_chars(content.data(), content.data() + content.size(), limit.value);
    if (error != std::errc{} || end != content.data() + content.size())
        return std::nullopt;
    return limit;
}

std::optional<Bytes> controlGroupMemoryLimit(const ControlGroupFiles& files)
{
    const std::string membership = readKernelFile(files.membership);
    const auto group = controlGroupFrom(membership);
    if (!group)
        return std::nullopt;
    std::optional<Bytes> limit;
    // From the root, which in a container is the container's own group and has its limits.
    std::filesystem::path folder = files.hierarchy;
    tighten(limit, folder);
    for (const auto& name : std::filesystem::path{*group}.relative_path()) {
        if (name == "..") // a group outside of what this process may see
            break;
        folder /= name;
        tighten(limit, folder);
    }
    return limit;
}

} // namespace weightroom::engine
