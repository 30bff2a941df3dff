// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/output/text_table.h"

#include "model_engine/core/bytes.h"
#include "model_engine/core/system/log.h"
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

constexpr std::size_t kGap = 2;
constexpr std::string_view kCut = "\u2026";
constexpr std::size_t kNarrowest = 12; ///< of a column that is cut

/// The first characters, and a sign that there are more.
std::string cutText(std::string_view text, std::size_t length)
{
    if (lengthOf(text) <= length)
        return std::string{text};
    std::size_t end = 0;
    for (std::size_t i = 1; i < length; ++i)
        end += engine::decodeUtf8(text.substr(end)).length;
    return std::string{text.substr(0, end)}.append(kCut);
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

/// Takes from the widest column that may be cut, again and again.
void TextTable::cutTo(std::size_t width, std::vector<std::size_t>& widths) const
{
    std::size_t total = kGap * (widths.size() - 1);
    for (const std::size_t column : widths)
        total += column;
    for (; total > width; --total) {
        std::size_t* widest = nullptr;
        for (std::size_t column = 0; column < widths.size(); ++column) {
            const bool canGive = m_columns[column].fit == Fit::Cut && widths[column] > kNarrowest;
            if (canGive && (!widest || widths[column] > *widest))
                widest = &widths[column];
        }
        if (!widest)
            return;
        --*widest;
    }
}

void TextTable::print(std::ostream& out, std::optional<std::size_t> width) const
{
    auto columnWidths = widths();
    if (width)
        cutTo(*width, columnWidths);
    const auto printRow = [&](const auto& cellOf) {
        std::string line;
        for (std::size_t column = 0; column < m_columns.size(); ++column) {
            const std::string cell = cutText(cellOf(column), columnWidths[column]);
            const std::string padding(columnWidths[column] - lengthOf(cell), ' ');
            line += m_columns[column].align == Align::Right ? padding + cell : cell + padding;
            line.append(kGap, ' ');
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

std::string rateText(double bytesPerSecond)
{
    return toText(engine::Bytes{static_cast<std::uint64_t>(bytesPerSecond)}) + "/s";
}

std::string rateText(std::uint64_t bytes, double seconds)
{
    return seconds > 0 && bytes > 0 ? rateText(static_cast<double>(bytes) / seconds) : "-";
}

std::string counted(std::uint64_t count, std::string_view one)
{
    return std::to_string(count).append(" ").append(one).append(count == 1 ? "" : "s");
}

} // namespace weightroom::ctl
