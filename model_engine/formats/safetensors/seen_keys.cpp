// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/safetensors/seen_keys.h"

#include <xxhash.h>

#include <bit>
#include <random>

namespace weightroom::engine {
namespace {

std::uint64_t hashSeed()
{
    static const std::uint64_t seed = (std::uint64_t{std::random_device{}()} << 32U) | std::random_device{}();
    return seed;
}

} // namespace

SeenKeys::SeenKeys(std::size_t most)
    : m_slots(std::bit_ceil(2 * most + 1))
{
    m_keys.reserve(most);
}

std::size_t SeenKeys::slotOf(std::string_view key) const
{
    const std::size_t mask = m_slots.size() - 1;
    std::size_t slot = ::XXH3_64bits_withSeed(key.data(), key.size(), hashSeed()) & mask;
    while (m_slots[slot] != 0 && m_keys[m_slots[slot] - 1] != key)
        slot = (slot + 1) & mask;
    return slot;
}

bool SeenKeys::insert(std::string_view key)
{
    const std::size_t slot = slotOf(key);
    if (m_slots[slot] != 0)
        return false;
    m_keys.push_back(key);
    m_slots[slot] = static_cast<std::uint32_t>(m_keys.size());
    return true;
}

bool SeenKeys::contains(std::string_view key) const { return m_slots[slotOf(key)] != 0; }

} // namespace weightroom::engine
