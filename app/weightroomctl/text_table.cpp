// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/text_table.h"

#include "model_engine/core/log.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>

namespace weightroom::ctl {
namespace {

template <class... Values>
std::string format(const char* pattern, Values... values)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), pattern, values...);
    return text.data();
}

/// Characters, not bytes; wide characters count as one, which is off by one column for some scripts and harms nothing.
std::size_t lengthOf(std::string_view text)
{
    std::size_t length = 0;
    for (; !text.empty(); ++length)
        text.remove_prefix(engine::decodeUtf8(text).length);
    return length;
}

} // namespace

TextTable::TextTable(std::vector<Column> columns)
    : m_columns(std::move(columns))
{
}

void TextTable::add(std::vector<std::string> cells)
{
    for (std::string& cell : cells)
        cell = engine::escapeForTerminal(cell);
    m_rows.push_back(std::move(cells));
}

std::vector<std::size_t> TextTable::widths() const
{
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < m_columns.size(); ++column) {
        std::size_t width = m_columns[column].title.size();
        for (const auto& row : m_rows)
            width = std::max(width, lengthOf(row[column]));
        widths.push_back(width);
    }
    return widths;
}

void TextTable::print(std::ostream& out) const
{
    const auto columnWidths = widths();
    const auto printRow = [&](const auto& cellOf) {
        std::string line;
        for (std::size_t column = 0; column < m_columns.size(); ++column) {
            const std::string& cell = cellOf(column);
            const std::string padding(columnWidths[column] - lengthOf(cell), ' ');
            line += m_columns[column].align == Align::Right ? padding + cell : cell + padding;
            line += "  ";
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out << line << '\n';
    };
    printRow([&](std::size_t column) -> const std::string& { return m_columns[column].title; });
    for (const auto& row : m_rows)
        printRow([&](std::size_t column) -> const std::string& { return row[column]; });
}

std::string secondsText(double seconds)
{
    return seconds < 1.0 ? format("%.0f ms", seconds * 1e3) : format("%.2f s", seconds);
}

std::string decimalText(std::uint64_t bytes)
{
    const auto amount = static_cast<double>(bytes);
    return bytes < 1'000'000'000 ? format("%.2f MB", amount / 1e6) : format("%.2f GB", amount / 1e9);
}

std::string rateText(double bytesPerSecond) { return format("%.2f GB/s", bytesPerSecond / 1e9); }

std::string rateText(std::uint64_t bytes, double seconds)
{
    return seconds > 0 && bytes > 0 ? rateText(static_cast<double>(bytes) / seconds) : "-";
}

} // namespace weightroom::ctl
