// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::test {

struct ParsedSample {
    std::string name;
    std::map<std::string, std::string> labels;
    double value = 0;
};

struct ParsedFamily {
    std::string name;
    std::string type;
    std::string unit;
    std::string help;
    std::vector<ParsedSample> samples;
};

/// A text as OpenMetrics 1.0 has it.
struct ParsedMetrics {
    std::vector<ParsedFamily> families; ///< those before what is wrong
    std::string wrong; ///< the first line that is; empty: none

    /// nullptr: there is none of this name.
    [[nodiscard]] const ParsedFamily* find(std::string_view name) const;
    /// The sum of the samples of a family that have these labels, whatever they have besides.
    [[nodiscard]] double sum(std::string_view name, const std::map<std::string, std::string>& labels = {}) const;
    /// How many these are.
    [[nodiscard]] std::size_t count(std::string_view name, const std::map<std::string, std::string>& labels = {}) const;
};

/// Reads it, and is strict: the order of the lines, each family in one piece and with a type, a unit and a help text
/// at most once; the suffixes of counters, infos and units; names, escapes and numbers; no sample twice; "# EOF" at
/// the end. Knows gauges, counters and infos, no timestamps and no exemplars.
[[nodiscard]] ParsedMetrics parseMetrics(std::string_view text);

} // namespace weightroom::test
