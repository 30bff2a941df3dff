// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/header_view.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <random>

namespace weightroom::engine {
namespace {

/// Another one in each run: nobody can write a file whose names all fall into one slot.
std::uint64_t hashSeed()
{
    static const std::uint64_t seed = (std::uint64_t{std::random_device{}()} << 32U) | std::random_device{}();
    return seed;
}

std::uint64_t hashOf(std::string_view text) { return ::XXH3_64bits_withSeed(text.data(), text.size(), hashSeed()); }

/// Up to and with the first dot; all of a name that has none.
std::string_view headOf(std::string_view name)
{
    const std::size_t dot = name.find('.');
    return dot == std::string_view::npos ? name : name.substr(0, dot + 1);
}

constexpr std::size_t kStartLetters = 4;

} // namespace

HeaderView::HeaderView(const TensorIndex& index)
    : m_index(index)
    , m_slots(std::bit_ceil(2 * index.tensors.size() + 1))
{
    for (std::uint32_t number = 0; number < index.tensors.size(); ++number) {
        insert(number);
        addHead(index.tensors[number].name);
    }
}

void HeaderView::insert(std::uint32_t number)
{
    const std::size_t mask = m_slots.size() - 1;
    std::size_t slot = hashOf(m_index.tensors[number].name) & mask;
    while (m_slots[slot] != 0)
        slot = (slot + 1) & mask;
    m_slots[slot] = number + 1;
}

// Neighbours in a file mostly begin alike.
void HeaderView::addHead(std::string_view name)
{
    if (!m_lastHead.empty() && name.starts_with(m_lastHead))
        return;
    const std::string_view head = headOf(name);
    m_heads.set(hashOf(head) % kHeadBits);
    m_starts.set(hashOf(name.substr(0, kStartLetters)) % kHeadBits);
    m_lastHead = head.ends_with('.') ? head : std::string_view{};
}

const TensorEntry* HeaderView::find(std::string_view name) const
{
    const std::size_t mask = m_slots.size() - 1;
    for (std::size_t slot = hashOf(name) & mask; m_slots[slot] != 0; slot = (slot + 1) & mask) {
        const TensorEntry& entry = m_index.tensors[m_slots[slot] - 1];
        if (entry.name == name)
            return &entry;
    }
    return nullptr;
}

const TensorEntry* HeaderView::find(std::string_view prefix, std::string_view key) const
{
    std::array<char, 256> buffer;
    if (prefix.empty())
        return find(key);
    if (prefix.size() + key.size() > buffer.size())
        return find(std::string{prefix}.append(key));
    std::memcpy(buffer.data(), prefix.data(), prefix.size());
    std::memcpy(buffer.data() + prefix.size(), key.data(), key.size());
    return find(std::string_view{buffer.data(), prefix.size() + key.size()});
}

bool HeaderView::mayHave(std::string_view prefix) const
{
    if (const std::string_view head = headOf(prefix); head.ends_with('.'))
        return m_heads.test(hashOf(head) % kHeadBits);
    return prefix.size() < kStartLetters || m_starts.test(hashOf(prefix.substr(0, kStartLetters)) % kHeadBits);
}

const TensorEntry* HeaderView::firstWithPrefix(std::string_view prefix) const
{
    if (!mayHave(prefix))
        return nullptr;
    const TensorEntry* first = nullptr;
    for (const TensorEntry& entry : m_index.tensors) {
        if (entry.name.starts_with(prefix) && (first == nullptr || entry.name < first->name))
            first = &entry;
    }
    return first;
}

std::vector<std::string_view> HeaderView::namesBelow(std::string_view prefix, std::size_t most) const
{
    std::vector<std::string_view> names;
    if (!mayHave(prefix))
        return names;
    for (const TensorEntry& entry : m_index.tensors) {
        if (!entry.name.starts_with(prefix))
            continue;
        const std::string_view rest = std::string_view{entry.name}.substr(prefix.size());
        const std::string_view part = rest.substr(0, rest.find('.'));
        if (part.size() < rest.size() && std::ranges::find(names, part) == names.end() && names.size() < most)
            names.push_back(part);
    }
    std::ranges::sort(names);
    return names;
}

} // namespace weightroom::engine
