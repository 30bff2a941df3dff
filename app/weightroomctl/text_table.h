// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace weightroom::ctl {

enum class Align : std::uint8_t { Left, Right };

/// Columns of text for a terminal. Cells are escaped: a file's name cannot steer the terminal or forge a line.
class TextTable {
public:
    struct Column {
        std::string title;
        Align align = Align::Left;
    };
    explicit TextTable(std::vector<Column> columns);
    void add(std::vector<std::string> cells);
    void print(std::ostream& out) const;

private:
    [[nodiscard]] std::vector<std::size_t> widths() const;

    std::vector<Column> m_columns;
    std::vector<std::vector<std::string>> m_rows;
};

/// "4.21 s", "380 ms".
[[nodiscard]] std::string secondsText(double seconds);
/// "6.94 GB": decimal, as disks and buses are sold; "-" when there is nothing to divide by.
[[nodiscard]] std::string decimalText(std::uint64_t bytes);
[[nodiscard]] std::string rateText(std::uint64_t bytes, double seconds);
[[nodiscard]] std::string rateText(double bytesPerSecond);

} // namespace weightroom::ctl
