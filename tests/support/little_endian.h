// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace weightroom::test {

/// A number as `size` bytes, the lowest first.
[[nodiscard]] inline std::string littleEndian(std::uint64_t number, std::size_t size)
{
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i)
        bytes.push_back(static_cast<char>((number >> (8 * i)) & 0xFFU));
    return bytes;
}

} // namespace weightroom::test
