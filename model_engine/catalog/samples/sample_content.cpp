// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/samples/sample_content.h"

#include "model_engine/core/system/random_bits.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>

namespace weightroom::engine {
namespace {

// All bytes are made in words of eight, numbered from the begin of the tensor. A word's bits are the random
// bits of its number; each value takes twelve of them as an index into a table of normally
// distributed values.
constexpr std::size_t kWord = 8;
constexpr unsigned kIndexBits = 12;
constexpr std::size_t kTableSize = std::size_t{1} << kIndexBits; // 8 KiB of fp16: stays in the first-level cache
constexpr double kDeviation = 0.02;

/// The upper bits of a float after rounding to the nearest, to the even one between two.
std::uint32_t roundedUpperBits(float value, unsigned dropped)
{
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t half = (std::uint32_t{1} << (dropped - 1)) - 1;
    return (bits + half + ((bits >> dropped) & 1U)) >> dropped;
}

std::uint16_t toBf16(float value) { return static_cast<std::uint16_t>(roundedUpperBits(value, 16)); }

/// For values that are normal numbers in half precision: all in the table (between 1e-4 and 0.07) and 1.
std::uint16_t toFp16(float value)
{
    constexpr std::uint32_t kBiasDifference = (127 - 15) << 10U;
    const std::uint32_t magnitude = roundedUpperBits(std::fabs(value), 13) - kBiasDifference;
    return static_cast<std::uint16_t>(magnitude | (std::signbit(value) ? 0x8000U : 0U));
}

std::uint32_t toFp32(float value) { return std::bit_cast<std::uint32_t>(value); }

/// Box and Muller's transform over a grid: radii and angles that are evenly likely give normally distributed values.
template <auto convert>
auto normalTable()
{
    using Element = decltype(convert(0));
    constexpr std::size_t kSide = std::size_t{1} << (kIndexBits / 2);
    std::array<Element, kTableSize> table{};
    for (std::size_t i = 0; i < kTableSize; ++i) {
        const double radius = std::sqrt(-2 * std::log((static_cast<double>(i / kSide) + 0.5) / kSide));
        const double angle = 2 * std::numbers::pi * (static_cast<double>(i % kSide) + 0.5) / kSide;
        table[i] = convert(static_cast<float>(kDeviation * radius * std::cos(angle)));
    }
    return table;
}

/// Calls `wordOf` for the number of each word, and copies what it gives; the last word may be cut.
template <class WordOf>
void fillWords(std::uint64_t offset, std::span<std::byte> block, WordOf wordOf)
{
    std::uint64_t number = offset / kWord;
    for (; block.size() >= kWord; block = block.subspan(kWord)) {
        const std::uint64_t word = wordOf(number++);
        std::memcpy(block.data(), &word, kWord);
    }
    const std::uint64_t last = wordOf(number);
    if (!block.empty())
        std::memcpy(block.data(), &last, block.size());
}

template <auto convert>
void fillNormal(const TensorBlueprint& tensor, std::uint64_t offset, std::span<std::byte> block)
{
    using Element = decltype(convert(0));
    static const std::array<Element, kTableSize> table = normalTable<convert>();
    if (tensor.shape.rank() == 0) {
        const Element one = convert(1);
        std::memcpy(block.data(), &one, std::min(sizeof(one), block.size()));
        return;
    }
    const std::uint64_t seed = ::XXH3_64bits(tensor.origin.data(), tensor.origin.size());
    fillWords(offset, block, [seed](std::uint64_t number) {
        std::uint64_t bits = randomBits(seed, number);
        // Put together in a register: several short stores before one long load stall the processor.
        std::uint64_t word = 0;
        for (unsigned at = 0; at < 8 * kWord; at += 8 * sizeof(Element)) {
            word |= std::uint64_t{table[bits % kTableSize]} << at;
            bits >>= kIndexBits;
        }
        return word;
    });
}

} // namespace

Result<> fillSample(const TensorBlueprint& tensor, std::uint64_t offset, std::span<std::byte> block)
{
    switch (tensor.dtype) {
    case Dtype::F16:
        fillNormal<toFp16>(tensor, offset, block);
        return {};
    case Dtype::Bf16:
        fillNormal<toBf16>(tensor, offset, block);
        return {};
    case Dtype::F32:
        fillNormal<toFp32>(tensor, offset, block);
        return {};
    case Dtype::I64:
        fillWords(offset, block, [](std::uint64_t number) { return number; });
        return {};
    default:
        return fail(ErrorCode::Unsupported,
            "no sample content of type " + std::string{toText(tensor.dtype)} + " for '" + tensor.name + "'");
    }
}

} // namespace weightroom::engine
