// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace weightroom::engine {

/// The `number`-th word, from 0, that a generator of the kind SplitMix64 gives after `seed`, without those before it.
/// For content that must be the same everywhere and in any order, not for secrets.
[[nodiscard]] constexpr std::uint64_t randomBits(std::uint64_t seed, std::uint64_t number = 0)
{
    // The steps of Steele, Lea and Flood's SplitMix64: wrapping around is meant.
    std::uint64_t bits = seed + (number + 1) * 0x9e3779b97f4a7c15;
    bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27U)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31U);
}

} // namespace weightroom::engine
