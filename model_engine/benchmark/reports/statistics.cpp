// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <numeric>

namespace weightroom::engine {
namespace {

constexpr double kLevel = 0.95;
constexpr double kOutlierScore = 3.5;
// The standard deviation of a normal distribution, in median and in mean distances from its middle.
constexpr double kMedianDistances = 0.6745; // ÷ MAD
constexpr double kMeanDistances = 1.253314; // × mean distance

std::vector<double> sorted(std::span<const double> values)
{
    std::vector<double> copy{values.begin(), values.end()};
    std::ranges::sort(copy);
    return copy;
}

double middleOf(const std::vector<double>& sorted)
{
    const std::size_t middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[middle] : std::midpoint(sorted[middle - 1], sorted[middle]);
}

double meanOf(std::span<const double> values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> distancesFrom(double centre, std::span<const double> values)
{
    std::vector<double> distances;
    for (const double value : values)
        distances.push_back(std::abs(value - centre));
    return distances;
}

/// `distances`: of all values from their median; `deviation`: the median of these.
std::vector<std::size_t> outliersOf(std::span<const double> distances, double deviation)
{
    std::vector<std::size_t> outliers;
    if (distances.size() < kFewestForOutliers)
        return outliers;
    const double unit = deviation > 0 ? deviation / kMedianDistances : kMeanDistances * meanOf(distances);
    for (std::size_t i = 0; i < distances.size(); ++i) {
        if (distances[i] > kOutlierScore * unit) // all equal: none, as 0 is not above 0
            outliers.push_back(i);
    }
    return outliers;
}

/// From the k-th smallest to the k-th largest value, with the largest k for which the median lies outside with at most
/// 1 - kLevel: that is when fewer than k of the values lie on one side of it, each with the probability of a coin.
std::optional<ConfidenceInterval> medianIntervalOf(const std::vector<double>& sorted)
{
    const auto count = static_cast<double>(sorted.size());
    // Of the probability of exactly `below`, which begins with 2^-n: no number any more for n > 1074.
    double logarithm = -count * std::numbers::ln2;
    double outside = 0;
    std::size_t below = 0;
    for (; below < sorted.size() / 2; ++below) {
        const double next = outside + 2 * std::exp(logarithm);
        if (next > 1 - kLevel)
            break;
        outside = next;
        logarithm += std::log(count - static_cast<double>(below)) - std::log(static_cast<double>(below) + 1);
    }
    if (below == 0)
        return std::nullopt;
    return ConfidenceInterval{.low = sorted[below - 1], .high = sorted[sorted.size() - below], .level = 1 - outside};
}

} // namespace

double medianOf(std::span<const double> values)
{
    assert(!values.empty());
    return middleOf(sorted(values));
}

std::optional<Statistics> statisticsOf(std::span<const double> values)
{
    if (values.empty())
        return std::nullopt;
    const std::vector<double> ordered = sorted(values);
    const double median = middleOf(ordered);
    const std::vector<double> distances = distancesFrom(median, values);
    const double deviation = medianOf(distances);
    return Statistics{
        .count = ordered.size(),
        .minimum = ordered.front(),
        .median = median,
        .mean = meanOf(values),
        .p95 = ordered[(ordered.size() * 95 + 99) / 100 - 1],
        .maximum = ordered.back(),
        .deviation = deviation,
        .relativeDeviation = median == 0 ? std::nullopt : std::optional{deviation / std::abs(median)},
        .outliers = outliersOf(distances, deviation),
        .medianInterval = medianIntervalOf(ordered),
    };
}

Json toJson(const ConfidenceInterval& interval)
{
    return {{"low", interval.low}, {"high", interval.high}, {"level", interval.level}};
}

Json toJson(const Statistics& statistics)
{
    Json document{
        {"count", statistics.count},
        {"minimum", statistics.minimum},
        {"median", statistics.median},
        {"mean", statistics.mean},
        {"p95", statistics.p95},
        {"maximum", statistics.maximum},
        {"deviation", statistics.deviation},
    };
    if (statistics.relativeDeviation)
        document["relative_deviation"] = *statistics.relativeDeviation;
    document["outliers"] = statistics.outliers;
    if (statistics.medianInterval)
        document["median_interval"] = toJson(*statistics.medianInterval);
    return document;
}

} // namespace weightroom::engine
