// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/report.h"

#include <array>
#include <cstdio>

namespace weightroom::benchmarks {

std::string lineOf(const FigureFormat& format, const Spread& spread)
{
    std::array<char, 160> text{};
    std::snprintf(text.data(), text.size(), "%-40s %9.2f  (%.2f to %.2f) %s", format.label,
        spread.median() / format.unit, spread.minimum() / format.unit, spread.maximum() / format.unit, format.unitName);
    return text.data();
}

engine::Json toJson(const Spread& spread)
{
    return {{"median", spread.median()}, {"minimum", spread.minimum()}, {"maximum", spread.maximum()}};
}

} // namespace weightroom::benchmarks
