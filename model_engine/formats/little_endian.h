// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>

namespace weightroom::engine {

/// The number that stands at `offset`, its lowest byte first. The caller knows that it lies inside of `bytes`.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T littleEndianAt(std::string_view bytes, std::size_t offset)
{
    T value = 0;
    for (std::size_t i = sizeof(T); i-- > 0;)
        value = static_cast<T>((value << 8U) | static_cast<unsigned char>(bytes[offset + i]));
    return value;
}

} // namespace weightroom::engine
