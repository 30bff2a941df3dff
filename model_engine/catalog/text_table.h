// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

namespace weightroom::engine {

/// An enumerator and its word in the answers. A table of them has one row for each, in their order.
template <class Value>
struct TextRow {
    Value value;
    std::string_view text;
};

/// Whether a table has one row for each enumerator up to `last`, in their order; for a static_assert.
template <class Table, class Value>
[[nodiscard]] constexpr bool isComplete(const Table& table, Value last)
{
    for (std::size_t row = 0; row < table.size(); ++row) {
        if (static_cast<std::size_t>(table[row].value) != row)
            return false;
    }
    return table.back().value == last;
}

/// The word of an enumerator; that of the first for a value that is none of them.
template <class Table, class Value>
[[nodiscard]] constexpr std::string_view textOf(const Table& table, Value value)
{
    const auto row = static_cast<std::size_t>(value);
    return table[row < table.size() ? row : 0].text;
}

/// The enumerator with this word.
template <class Table>
[[nodiscard]] auto valueOf(const Table& table, std::string_view text) -> std::optional<decltype(table.front().value)>
{
    const auto row = std::ranges::find(table, text, [](const auto& candidate) { return candidate.text; });
    return row == table.end() ? std::nullopt : std::optional{row->value};
}

} // namespace weightroom::engine
