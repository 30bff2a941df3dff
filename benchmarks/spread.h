// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/statistics.h"

#include <algorithm>
#include <vector>

namespace weightroom::benchmarks {

/// Several measurements of one thing: never a mean, which one bad run spoils.
class Spread {
public:
    void add(double value) { m_values.push_back(value); }
    [[nodiscard]] bool isEmpty() const { return m_values.empty(); }
    [[nodiscard]] double minimum() const { return std::ranges::min(m_values); }
    [[nodiscard]] double median() const { return engine::medianOf(m_values); }
    [[nodiscard]] double maximum() const { return std::ranges::max(m_values); }

private:
    std::vector<double> m_values;
};

} // namespace weightroom::benchmarks
