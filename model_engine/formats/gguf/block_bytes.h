// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/small_floats.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace weightroom::engine {

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
    /// Where the bytes from `at` on lie.
    [[nodiscard]] const std::byte* from(std::size_t at) const { return m_bytes.data() + at; }

private:
    std::span<const std::byte> m_bytes;
};

} // namespace weightroom::engine
