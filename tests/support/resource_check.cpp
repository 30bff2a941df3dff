// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/resource_check.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace weightroom::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> openDescriptors()
{
    const std::string list = "/proc/" + std::to_string(::getpid()) + "/fd";
    std::vector<std::string> targets;
    for (const auto& entry : fs::directory_iterator{list}) {
        std::error_code gone;
        const std::string target = fs::read_symlink(entry.path(), gone).string();
        // The iterator's own descriptor is in the list as well; it refers to the list itself.
        if (!gone && target != list)
            targets.push_back(target);
    }
    std::ranges::sort(targets);
    return targets;
}

std::size_t runningThreads()
{
    return static_cast<std::size_t>(std::distance(fs::directory_iterator{"/proc/self/task"}, fs::directory_iterator{}));
}

/// Lines of /proc/self/maps are "begin-end permissions offset device inode name"; the permission 's' means shared.
std::vector<std::string> sharedMappings()
{
    std::vector<std::string> names;
    std::ifstream maps{"/proc/self/maps"};
    for (std::string line; std::getline(maps, line);) {
        std::istringstream fields{line};
        std::string range;
        std::string permissions;
        std::string skipped;
        std::string name;
        fields >> range >> permissions >> skipped >> skipped >> skipped;
        std::getline(fields >> std::ws, name);
        if (permissions.find('s') != std::string::npos)
            names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

void appendDifference(
    std::string& text, const char* what, const std::vector<std::string>& before, const std::vector<std::string>& after)
{
    std::vector<std::string> added;
    std::vector<std::string> lost;
    std::ranges::set_difference(after, before, std::back_inserter(added));
    std::ranges::set_difference(before, after, std::back_inserter(lost));
    for (const std::string& name : added)
        text.append(what).append(" left: ").append(name).append("; ");
    for (const std::string& name : lost)
        text.append(what).append(" gone: ").append(name).append("; ");
}

std::string difference(const ResourceUse& before, const ResourceUse& after)
{
    std::string text;
    appendDifference(text, "descriptor", before.descriptors, after.descriptors);
    appendDifference(text, "shared mapping", before.sharedMappings, after.sharedMappings);
    if (before.threads != after.threads)
        text += std::to_string(before.threads) + " threads before, " + std::to_string(after.threads) + " after";
    return text;
}

} // namespace

ResourceUse currentResources() { return {openDescriptors(), runningThreads(), sharedMappings()}; }

std::string resourcesLeft(const ResourceUse& before)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{2};
    std::string left = difference(before, currentResources());
    while (!left.empty() && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::yield();
        left = difference(before, currentResources());
    }
    return left;
}

} // namespace weightroom::test
