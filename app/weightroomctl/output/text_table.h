// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/weightroomctl/output/standard_output.h"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::ctl {

enum class Align : std::uint8_t { Left, Right };
/// What becomes of a column where the table is wider than the terminal.
enum class Fit : std::uint8_t { Whole, Cut };

/// Columns of text for a terminal. Cells are escaped: a file's name cannot steer the terminal or forge a line.
class TextTable {
public:
    struct Column {
        std::string title;
        Align align = Align::Left;
        Fit fit = Fit::Whole;
    };
    explicit TextTable(std::vector<Column> columns);
    void add(std::vector<std::string> cells);
    /// `width`: columns that there are; nothing: as many as it takes.
    void print(std::ostream& out, std::optional<std::size_t> width = terminalWidth()) const;

private:
    [[nodiscard]] std::vector<std::size_t> widths() const;
    void cutTo(std::size_t width, std::vector<std::size_t>& widths) const;

    std::vector<Column> m_columns;
    std::vector<std::vector<std::string>> m_rows;
};

/// "4.21 s", "380 ms".
[[nodiscard]] std::string secondsText(double seconds);
/// "6.94 GiB/s", in the units of the sizes beside it; "-" when there is nothing to divide by.
[[nodiscard]] std::string rateText(std::uint64_t bytes, double seconds);
[[nodiscard]] std::string rateText(double bytesPerSecond);
/// "1 folder", "2 folders": of a word whose plural ends in s.
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one);

} // namespace weightroom::ctl
