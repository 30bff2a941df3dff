// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/mount_table.h"

#include "model_engine/core/files/kernel_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

namespace weightroom::engine {
namespace {

/// A mount point is the fifth field: number, parent, device, root, mount point.
constexpr int kFieldsBefore = 4;

bool isOctal(char c) { return c >= '0' && c <= '7'; }

/// Blanks and backslashes stand as three octal digits: "\040".
std::string unescaped(std::string_view text)
{
    std::string plain;
    while (!text.empty()) {
        const bool isEscaped =
            text.size() >= 4 && text[0] == '\\' && isOctal(text[1]) && isOctal(text[2]) && isOctal(text[3]);
        plain += isEscaped ? static_cast<char>((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0')) : text[0];
        text.remove_prefix(isEscaped ? 4 : 1);
    }
    return plain;
}

} // namespace

MountTable MountTable::ofThisProcess()
{
    std::ifstream file{"/proc/self/mountinfo"};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    return parse(text);
}

MountTable MountTable::parse(std::string_view mountInfo)
{
    MountTable table;
    while (!mountInfo.empty()) {
        std::string_view line = takeUntil(mountInfo, '\n');
        for (int field = 0; field < kFieldsBefore; ++field)
            takeUntil(line, ' ');
        const std::string point = unescaped(takeUntil(line, ' '));
        if (point.starts_with('/'))
            table.m_points.emplace_back(point);
    }
    return table;
}

std::filesystem::path MountTable::mountPointOf(const std::filesystem::path& path) const
{
    std::filesystem::path innermost{"/"};
    for (const std::filesystem::path& point : m_points) {
        const bool isAbove = std::mismatch(point.begin(), point.end(), path.begin(), path.end()).first == point.end();
        if (isAbove && point.native().size() > innermost.native().size())
            innermost = point;
    }
    return innermost;
}

} // namespace weightroom::engine
