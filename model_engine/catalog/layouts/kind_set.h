// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace weightroom::engine {

/// Several kinds of models; small enough for tables.
class KindSet {
public:
    constexpr KindSet() = default;
    constexpr KindSet(std::initializer_list<ModelKind> kinds)
    {
        for (const ModelKind kind : kinds)
            m_bits |= bitOf(kind);
    }

    [[nodiscard]] constexpr bool isEmpty() const { return m_bits == 0; }
    [[nodiscard]] constexpr bool contains(ModelKind kind) const { return (m_bits & bitOf(kind)) != 0; }
    constexpr KindSet& operator|=(KindSet other)
    {
        m_bits |= other.m_bits;
        return *this;
    }
    /// In the order of the enumeration.
    [[nodiscard]] std::vector<ModelKind> list() const
    {
        std::vector<ModelKind> kinds;
        for (auto kind = ModelKind::Unknown; kind <= kLastModelKind; kind = next(kind)) {
            if (contains(kind))
                kinds.push_back(kind);
        }
        return kinds;
    }
    friend constexpr bool operator==(KindSet, KindSet) = default;

private:
    static constexpr std::uint32_t bitOf(ModelKind kind) { return std::uint32_t{1} << static_cast<unsigned>(kind); }
    static constexpr ModelKind next(ModelKind kind) { return static_cast<ModelKind>(static_cast<unsigned>(kind) + 1); }

    std::uint32_t m_bits = 0;
};
static_assert(static_cast<unsigned>(kLastModelKind) < 32);

} // namespace weightroom::engine
