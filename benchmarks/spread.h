// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

namespace weightroom::benchmarks {

/// Several measurements of one thing: never a mean, which one bad run spoils.
class Spread {
public:
    void add(double value) { m_values.push_back(value); }
    [[nodiscard]] bool isEmpty() const { return m_values.empty(); }
    [[nodiscard]] double minimum() const;
    [[nodiscard]] double median() const;
    [[nodiscard]] double maximum() const;

private:
    std::vector<double> m_values;
};

} // namespace weightroom::benchmarks
