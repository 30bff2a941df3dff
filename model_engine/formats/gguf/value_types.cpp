// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/value_types.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

namespace weightroom::engine {
namespace {

using Type = GgufValueType;
using Kind = GgufValueKind;

constexpr std::array kValueTraits{
    GgufValueTraits{Type::U8, Kind::Unsigned, 1},
    GgufValueTraits{Type::I8, Kind::Signed, 1},
    GgufValueTraits{Type::U16, Kind::Unsigned, 2},
    GgufValueTraits{Type::I16, Kind::Signed, 2},
    GgufValueTraits{Type::U32, Kind::Unsigned, 4},
    GgufValueTraits{Type::I32, Kind::Signed, 4},
    GgufValueTraits{Type::F32, Kind::Float, 4},
    GgufValueTraits{Type::Bool, Kind::Bool, 1},
    GgufValueTraits{Type::Text, Kind::Text, 8}, // its length
    GgufValueTraits{Type::List, Kind::List, 12}, // type and number of its values
    GgufValueTraits{Type::U64, Kind::Unsigned, 8},
    GgufValueTraits{Type::I64, Kind::Signed, 8},
    GgufValueTraits{Type::F64, Kind::Float, 8},
};

template <class T>
std::string shortest(T value)
{
    std::array<char, 32> text{}; // the longest has 24 characters: -2.2250738585072014e-308
    return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string floatText(std::size_t size, std::uint64_t bits)
{
    return size == sizeof(float) ? shortest(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                                 : shortest(std::bit_cast<double>(bits));
}

} // namespace

const GgufValueTraits* findGgufValueTraits(std::uint64_t type)
{
    const auto found = std::ranges::find(
        kValueTraits, type, [](const GgufValueTraits& traits) { return static_cast<std::uint64_t>(traits.type); });
    return found == kValueTraits.end() ? nullptr : &*found;
}

std::uint64_t extendSign(const GgufValueTraits& traits, std::uint64_t bits)
{
    if (traits.kind != GgufValueKind::Signed)
        return bits;
    const std::size_t unused = 64 - 8 * traits.size;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused);
}

std::string textOf(const GgufValueTraits& traits, std::uint64_t bits)
{
    switch (traits.kind) {
    case GgufValueKind::Unsigned:
        return std::to_string(bits);
    case GgufValueKind::Signed:
        return std::to_string(static_cast<std::int64_t>(extendSign(traits, bits)));
    case GgufValueKind::Float:
        return floatText(traits.size, bits);
    case GgufValueKind::Bool:
        return bits == 0 ? "false" : "true";
    case GgufValueKind::Text:
    case GgufValueKind::List:
        break;
    }
    return {};
}

} // namespace weightroom::engine
