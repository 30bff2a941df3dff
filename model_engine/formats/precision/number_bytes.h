// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstring>
#include <span>

namespace weightroom::engine {

/// Number `index` of numbers that lie one behind the other at any address. The caller knows that it is there.
template <class T>
[[nodiscard]] T loadAt(std::span<const std::byte> bytes, std::size_t index)
{
    T value;
    std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
    return value;
}

template <class T>
void storeAt(std::span<std::byte> bytes, std::size_t index, T value)
{
    std::memcpy(bytes.data() + index * sizeof(T), &value, sizeof(T));
}

} // namespace weightroom::engine
