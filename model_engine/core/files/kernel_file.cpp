// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/kernel_file.h"

#include <algorithm>
#include <charconv>
#include <fstream>

namespace weightroom::engine {

std::string readKernelFile(const std::filesystem::path& path)
{
    // A membership has one line for each hierarchy, a dozen, of at most a path each (4 KiB); the others are shorter.
    constexpr std::size_t kMost = 64 * 1024;
    std::string content(kMost, '\0');
    std::ifstream stream{path, std::ios::binary};
    stream.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(stream.gcount()));
    return content;
}

std::string_view takeUntil(std::string_view& text, char separator)
{
    const std::string_view part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return part;
}

std::string_view takeField(std::string_view& text)
{
    const auto skipBlanks = [&text] { text.remove_prefix(std::min(text.find_first_not_of(' '), text.size())); };
    skipBlanks();
    const std::string_view field = takeUntil(text, ' ');
    skipBlanks();
    return field;
}

std::optional<std::uint64_t> kernelNumber(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

} // namespace weightroom::engine
