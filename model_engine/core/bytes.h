// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace weightroom::engine {

/// A number of bytes. A type of its own, so that a size is never mistaken for a count, and so that sums over numbers
/// that come from a file go through `checkedAdd` and `checkedMultiply`.
struct Bytes {
    std::uint64_t value = 0;

    friend constexpr auto operator<=>(Bytes, Bytes) = default;
    constexpr Bytes& operator+=(Bytes other)
    {
        value += other.value;
        return *this;
    }
    constexpr Bytes& operator-=(Bytes other)
    {
        value -= other.value;
        return *this;
    }
    friend constexpr Bytes operator+(Bytes a, Bytes b) { return a += b; }
    friend constexpr Bytes operator-(Bytes a, Bytes b) { return a -= b; }
    friend constexpr Bytes operator*(Bytes a, std::uint64_t times) { return Bytes{a.value * times}; }
};

inline constexpr Bytes kKiB{1024};
inline constexpr Bytes kMiB = kKiB * 1024;
inline constexpr Bytes kGiB = kMiB * 1024;

/// a + b, or nothing when the sum does not fit into 64 bits. For every sum over numbers that a file claims.
[[nodiscard]] constexpr std::optional<std::uint64_t> checkedAdd(std::uint64_t a, std::uint64_t b)
{
    if (b > std::numeric_limits<std::uint64_t>::max() - a)
        return std::nullopt;
    return a + b;
}

/// a × b, or nothing when the product does not fit into 64 bits.
[[nodiscard]] constexpr std::optional<std::uint64_t> checkedMultiply(std::uint64_t a, std::uint64_t b)
{
    std::uint64_t product = 0;
    // Asked for every dimension of every tensor: a division to see it coming takes ten times as long.
    if (__builtin_mul_overflow(a, b, &product))
        return std::nullopt;
    return product;
}

/// The next multiple of `alignment` (a power of two) that is not below `value`; the caller knows that it fits.
[[nodiscard]] constexpr std::uint64_t alignUp(std::uint64_t value, std::uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

[[nodiscard]] constexpr std::uint64_t alignDown(std::uint64_t value, std::uint64_t alignment)
{
    return value & ~(alignment - 1);
}

/// "6.94 GiB", "312 B": for logs, errors and the command line. The window formats in the user's locale
/// (ui/bridge/text/units).
[[nodiscard]] std::string toText(Bytes bytes);

/// "1 byte", "912 bytes": where each of them counts.
[[nodiscard]] std::string toExactText(Bytes bytes);

} // namespace weightroom::engine
