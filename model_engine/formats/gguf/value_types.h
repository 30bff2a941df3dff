// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace weightroom::engine {

/// The types of metadata values, with the numbers of the format.
enum class GgufValueType : std::uint32_t {
    U8 = 0,
    I8 = 1,
    U16 = 2,
    I16 = 3,
    U32 = 4,
    I32 = 5,
    F32 = 6,
    Bool = 7,
    Text = 8,
    List = 9,
    U64 = 10,
    I64 = 11,
    F64 = 12,
};

/// What the bits of a value mean.
enum class GgufValueKind : std::uint8_t { Unsigned, Signed, Float, Bool, Text, List };

/// How values of a type are stored.
struct GgufValueTraits {
    GgufValueType type;
    GgufValueKind kind;
    std::size_t size; ///< bytes of one value; for texts and lists those of the shortest
};

/// Nullptr for a number that is none of the format's types.
[[nodiscard]] const GgufValueTraits* findGgufValueTraits(std::uint64_t type);

/// The bits of a signed number extended to 64 bits; those of another as they are.
[[nodiscard]] std::uint64_t extendSign(const GgufValueTraits& traits, std::uint64_t bits);

/// A number or a boolean as text: integers exact, floating-point numbers as short as they can be and still read back as
/// the same number.
[[nodiscard]] std::string textOf(const GgufValueTraits& traits, std::uint64_t bits);

} // namespace weightroom::engine
