// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// The content of a file of /proc or /sys. These tell no size beforehand, so that readSmallFile() would find them
/// empty. Empty for a file that cannot be read; at most 64 KiB.
[[nodiscard]] std::string readKernelFile(const std::filesystem::path& path);

/// What stands before the first `separator`, or all; it and the separator leave `text`.
std::string_view takeUntil(std::string_view& text, char separator);

/// The next characters that are no blanks; they and the blanks around them leave `text`. Empty when there are none.
std::string_view takeField(std::string_view& text);

/// The number that `text` is. Nothing for what is no number, has more than digits, or does not fit into 64 bits.
[[nodiscard]] std::optional<std::uint64_t> kernelNumber(std::string_view text);

} // namespace weightroom::engine
