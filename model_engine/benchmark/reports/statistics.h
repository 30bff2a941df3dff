// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace weightroom::engine {

/// The range in which a figure lies with a probability of at least `level`.
struct ConfidenceInterval {
    double low = 0;
    double high = 0;
    double level = 0; ///< that the range really has: 0.969 where 0.95 was wanted and six values give no finer choice

    friend bool operator==(const ConfidenceInterval&, const ConfidenceInterval&) = default;
};

/// What measurements of one thing say, seconds mostly. The median tells how it is; the mean is there to be seen beside
/// it, because one bad run moves it.
struct Statistics {
    std::size_t count = 0;
    double minimum = 0;
    double median = 0;
    double mean = 0;
    /// By nearest rank: the smallest value that at least 95 % of the values do not exceed. One of the values, never
    /// between two. With fewer than 20 values it is the maximum.
    double p95 = 0;
    double maximum = 0;
    double deviation = 0; ///< the median of the distances from the median (MAD); not scaled
    std::optional<double> relativeDeviation; ///< of the median; absent where that is 0
    /// Indices of values whose modified z-score (Iglewicz and Hoaglin: 0.6745 × distance ÷ MAD) is above 3.5,
    /// ascending. Where MAD is 0, as more than half of the values are equal, the mean distance stands in for it.
    /// Nothing below kFewestForOutliers values.
    std::vector<std::size_t> outliers;
    /// Of the median, at 95 % or more, between two of the values (by the binomial distribution of how many lie below
    /// it), whatever the distribution of the values. Absent below six values, which cannot say it.
    std::optional<ConfidenceInterval> medianInterval;

    friend bool operator==(const Statistics&, const Statistics&) = default;
};

/// Of four values nobody can say which is the odd one.
inline constexpr std::size_t kFewestForOutliers = 5;

/// A pure function. The values are finite. Nothing for no values.
[[nodiscard]] std::optional<Statistics> statisticsOf(std::span<const double> values);

/// The middle value, or the mean of the two in the middle. At least one value, finite.
[[nodiscard]] double medianOf(std::span<const double> values);

/// count, minimum, median, mean, p95, maximum, deviation, relative_deviation, outliers, and where it is known
/// median_interval with low, high and level.
[[nodiscard]] Json toJson(const Statistics& statistics);
[[nodiscard]] Json toJson(const ConfidenceInterval& interval);

} // namespace weightroom::engine
