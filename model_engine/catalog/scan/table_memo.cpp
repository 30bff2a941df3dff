// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/table_memo.h"

#include <xxhash.h>

#include <cstring>
#include <random>
#include <span>
#include <utility>

namespace weightroom::engine {
namespace {

static_assert(sizeof(std::array<std::byte, 192>) >= XXH3_SECRET_SIZE_MIN);

/// An entry of the table with its pointers.
constexpr std::size_t kOverhead = 128;

void fillWithRandom(std::span<std::byte> bytes)
{
    std::random_device random;
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::random_device::result_type)) {
        const std::random_device::result_type number = random();
        std::memcpy(&bytes[at], &number, sizeof number);
    }
}

std::size_t sizeOf(const std::string& text) { return sizeof text + text.capacity(); }

std::size_t sizeOf(const TensorNameList& list)
{
    std::size_t size = 0;
    for (const std::string& name : list.names)
        size += sizeOf(name);
    return size;
}

std::size_t sizeOf(const ComponentRecord& component)
{
    std::size_t size = sizeof component + component.id.text.capacity();
    for (const std::string& prefix : component.prefixes)
        size += sizeOf(prefix);
    return size;
}

/// What has a size of its own, as far as a file decides about it.
Bytes sizeOf(const TableFacts& facts)
{
    const Identification& identified = facts.identified;
    std::size_t size = sizeof facts + kOverhead + sizeOf(identified.missing) + sizeOf(identified.extra);
    for (const Evidence& evidence : identified.evidence)
        size += sizeOf(evidence.rule) + sizeOf(evidence.key) + sizeOf(evidence.shape);
    for (const ComponentRecord& component : identified.components)
        size += sizeOf(component);
    return Bytes{size};
}

} // namespace

TableMemo::TableMemo(Bytes budget)
    : m_budget(budget)
{
    fillWithRandom(m_secret);
}

TableKey TableMemo::keyOf(const SafetensorsParts& header) const
{
    const std::string_view text = header.tensors;
    const ::XXH128_hash_t hash = ::XXH3_128bits_withSecret(text.data(), text.size(), m_secret.data(), m_secret.size());
    return {hash.low64, hash.high64, text.size(), !header.metadata.empty()};
}

TableFactsPtr TableMemo::find(const TableKey& key) const
{
    const std::scoped_lock lock{m_mutex};
    const auto table = m_tables.find(key);
    return table == m_tables.end() ? nullptr : table->second;
}

void TableMemo::insert(const TableKey& key, TableFactsPtr facts)
{
    const Bytes size = sizeOf(*facts);
    if (size.value > m_budget.value / 4)
        return;
    decltype(m_tables) dropped; // freed when the mutex is not held
    const std::scoped_lock lock{m_mutex};
    if (size > m_budget - m_held) {
        dropped.swap(m_tables);
        m_held = {};
    }
    if (m_tables.emplace(key, std::move(facts)).second)
        m_held += size;
}

Bytes TableMemo::held() const
{
    const std::scoped_lock lock{m_mutex};
    return m_held;
}

} // namespace weightroom::engine
