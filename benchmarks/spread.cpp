// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/spread.h"

#include <algorithm>

namespace weightroom::benchmarks {

double Spread::minimum() const { return std::ranges::min(m_values); }
double Spread::maximum() const { return std::ranges::max(m_values); }

double Spread::median() const
{
    std::vector<double> sorted = m_values;
    std::ranges::sort(sorted);
    const std::size_t middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

} // namespace weightroom::benchmarks
