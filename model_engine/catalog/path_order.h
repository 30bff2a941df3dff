// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <filesystem>
#include <string_view>

namespace weightroom::engine {

/// The order of std::filesystem::path, part by part, for absolute paths without "." and doubled slashes, which all
/// paths of a scan are. It compares characters and builds nothing: sorting ten thousand paths took a third of a rescan.
struct PathOrder {
    [[nodiscard]] bool operator()(const std::filesystem::path& a, const std::filesystem::path& b) const
    {
        const std::string_view left = a.native();
        const std::string_view right = b.native();
        const auto [inLeft, inRight] = std::ranges::mismatch(left, right);
        if (inRight == right.end())
            return false;
        return inLeft == left.end() || rankOf(*inLeft) < rankOf(*inRight);
    }

private:
    /// A part that ends is less than one that goes on.
    static unsigned rankOf(char c) { return c == '/' ? 0U : static_cast<unsigned char>(c); }
};

} // namespace weightroom::engine
