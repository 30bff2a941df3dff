// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weightroom::engine {

/// The value of an IEEE half-precision number; exact.
[[nodiscard]] inline float fromHalf(std::uint16_t bits)
{
    const std::uint32_t sign = (bits & 0x8000U) << 16U;
    const std::uint32_t exponent = (bits >> 10U) & 0x1FU;
    const std::uint32_t fraction = bits & 0x3FFU;
    if (exponent == 0) { // zero and the subnormal numbers
        const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
        return sign == 0 ? magnitude : -magnitude;
    }
    const std::uint32_t widened = exponent == 0x1FU ? 0xFFU : exponent + (127 - 15);
    return std::bit_cast<float>(sign | (widened << 23U) | (fraction << 13U));
}

/// The bytes of one block, which begin at 0. Numbers in it are little endian.
class BlockBytes {
public:
    explicit BlockBytes(std::span<const std::byte> bytes)
        : m_bytes(bytes)
    {
    }
    [[nodiscard]] std::uint32_t u8(std::size_t at) const { return std::to_integer<std::uint32_t>(m_bytes[at]); }
    [[nodiscard]] std::int32_t i8(std::size_t at) const { return static_cast<std::int8_t>(m_bytes[at]); }
    [[nodiscard]] std::uint32_t u16(std::size_t at) const { return u8(at) | (u8(at + 1) << 8U); }
    [[nodiscard]] std::uint32_t u32(std::size_t at) const { return u16(at) | (u16(at + 2) << 16U); }
    [[nodiscard]] float half(std::size_t at) const { return fromHalf(static_cast<std::uint16_t>(u16(at))); }
    /// `count` bits of a byte, from bit `shift` on.
    [[nodiscard]] std::uint32_t bits(std::size_t at, std::size_t shift, std::size_t count) const
    {
        return (u8(at) >> shift) & ((1U << count) - 1U);
    }

private:
    std::span<const std::byte> m_bytes;
};

} // namespace weightroom::engine
