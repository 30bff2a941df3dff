// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/statistics.h"

#include <span>

namespace weightroom::engine {

// Two lists of measurements beside each other, by the order of their values alone: how the values are distributed, and
// how far off a bad run is, makes no difference. Pure functions; the values are finite, and there is at least one in
// each list.

/// The probability that two lists of the same origin differ in their ranks as much as these, or more, in either
/// direction: the two-sided test of Mann, Whitney and Wilcoxon. Exact up to kMostForExact values together, also for
/// values that are equal (counted over all ways to part the very ranks that there are); above by the normal
/// distribution, corrected for ties and continuity.
[[nodiscard]] double rankTest(std::span<const double> before, std::span<const double> after);

inline constexpr std::size_t kMostForExact = 40;

/// How many times the values of `after` are those of `before`.
struct RatioEstimate {
    double ratio = 0; ///< the median of all quotients of two values (Hodges and Lehmann)
    /// By the same test: ratios that it would not reject. Where there are so few values that it rejects none, the range
    /// of all quotients, with the level that this has.
    ConfidenceInterval interval;
};

/// All values are above 0. `level`: 0.99, for example. The time grows with the product of the lengths.
[[nodiscard]] RatioEstimate ratioBetween(std::span<const double> before, std::span<const double> after, double level);

} // namespace weightroom::engine
