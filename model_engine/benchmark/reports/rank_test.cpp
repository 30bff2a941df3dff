// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/rank_test.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

namespace weightroom::engine {
namespace {

/// The ranks of both lists in one order, doubled: equal values share the mean of their places, which may be a half.
struct DoubledRanks {
    std::vector<std::size_t> all;
    std::size_t sumBefore = 0;
    double tied = 0; ///< the sum of t³ - t over groups of t equal values
};

DoubledRanks ranksOf(std::span<const double> before, std::span<const double> after)
{
    struct Value {
        double value;
        bool isBefore;
    };
    std::vector<Value> values;
    for (const double value : before)
        values.push_back({value, true});
    for (const double value : after)
        values.push_back({value, false});
    std::ranges::sort(values, {}, &Value::value);

    DoubledRanks ranks;
    for (std::size_t begin = 0, end = 0; begin < values.size(); begin = end) {
        while (end < values.size() && values[end].value == values[begin].value)
            ++end;
        const std::size_t doubled = begin + 1 + end; // the first place, from 1, and the last
        for (std::size_t i = begin; i < end; ++i) {
            ranks.all.push_back(doubled);
            ranks.sumBefore += values[i].isBefore ? doubled : 0;
        }
        const auto size = static_cast<double>(end - begin);
        ranks.tied += size * size * size - size;
    }
    return ranks;
}

/// In how many ways `chosen` of these numbers add up to each sum. Whole numbers, exact up to 2^53: 40 over 20 is 2^37.
std::vector<double> waysBySum(std::span<const std::size_t> numbers, std::size_t chosen)
{
    const std::size_t most = std::accumulate(numbers.begin(), numbers.end(), std::size_t{0});
    std::vector<std::vector<double>> ways(chosen + 1, std::vector<double>(most + 1, 0.0));
    ways[0][0] = 1;
    for (const std::size_t number : numbers) {
        for (std::size_t taken = chosen; taken > 0; --taken) { // downwards, so that no number is taken twice
            for (std::size_t sum = most; sum >= number; --sum)
                ways[taken][sum] += ways[taken - 1][sum - number];
        }
    }
    return std::move(ways[chosen]);
}

double sumOf(std::span<const double> numbers) { return std::accumulate(numbers.begin(), numbers.end(), 0.0); }

double exactTest(const DoubledRanks& ranks, std::size_t countBefore)
{
    const std::vector<double> ways = waysBySum(ranks.all, countBefore);
    const double lower = sumOf(std::span{ways}.first(ranks.sumBefore + 1));
    const double upper = sumOf(std::span{ways}.subspan(ranks.sumBefore));
    return std::min(1.0, 2 * std::min(lower, upper) / sumOf(ways));
}

/// Of the number of pairs in which the one is larger.
struct PairCount {
    double mean;
    double deviation;
};

PairCount pairCountOf(std::size_t countBefore, std::size_t countAfter, double tied)
{
    const auto n = static_cast<double>(countBefore);
    const auto m = static_cast<double>(countAfter);
    const double all = n + m;
    return {n * m / 2, std::sqrt(n * m / 12 * (all + 1 - tied / (all * (all - 1))))};
}

double approximateTest(const DoubledRanks& ranks, std::size_t countBefore, std::size_t countAfter)
{
    const auto n = static_cast<double>(countBefore);
    const double pairs = static_cast<double>(ranks.sumBefore) / 2 - n * (n + 1) / 2;
    const auto [mean, deviation] = pairCountOf(countBefore, countAfter, ranks.tied);
    if (!(deviation > 0)) // all values are equal
        return 1;
    const double distance = std::max(0.0, std::abs(pairs - mean) - 0.5);
    return std::min(1.0, std::erfc(distance / deviation / std::numbers::sqrt2));
}

/// How many of the smallest and of the largest quotients the interval leaves out, and the level that it has then.
struct Trimming {
    std::size_t count;
    double level;
};

Trimming exactTrimming(std::size_t countBefore, std::size_t countAfter, double level)
{
    std::vector<std::size_t> ranks(countBefore + countAfter);
    std::iota(ranks.begin(), ranks.end(), 1);
    const std::vector<double> ways = waysBySum(ranks, countBefore);
    const double all = sumOf(ways);
    const std::size_t smallest = countBefore * (countBefore + 1) / 2; // sum of ranks: no pair has the larger one before
    // With none left out the interval ends at the outermost quotients: it fails when all pairs go one way.
    Trimming trimming{0, 1 - 2 * ways[smallest] / all};
    double outside = ways[smallest];
    while (trimming.count + 1 < countBefore * countAfter / 2) {
        outside += ways[smallest + trimming.count + 1];
        if (1 - 2 * outside / all < level)
            break;
        trimming = {trimming.count + 1, 1 - 2 * outside / all};
    }
    return trimming;
}

/// The z-score that a normal distribution exceeds in either direction with 1 - level, by halving.
double scoreFor(double level)
{
    double low = 0;
    double high = 10;
    for (int i = 0; i < 60; ++i) {
        const double middle = std::midpoint(low, high);
        (std::erf(middle / std::numbers::sqrt2) < level ? low : high) = middle;
    }
    return low;
}

Trimming approximateTrimming(std::size_t countBefore, std::size_t countAfter, double level)
{
    const auto [mean, deviation] = pairCountOf(countBefore, countAfter, 0);
    return {static_cast<std::size_t>(std::max(0.0, std::floor(mean - scoreFor(level) * deviation) - 1)), level};
}

} // namespace

double rankTest(std::span<const double> before, std::span<const double> after)
{
    assert(!before.empty() && !after.empty());
    const DoubledRanks ranks = ranksOf(before, after);
    return ranks.all.size() <= kMostForExact ? exactTest(ranks, before.size())
                                             : approximateTest(ranks, before.size(), after.size());
}

RatioEstimate ratioBetween(std::span<const double> before, std::span<const double> after, double level)
{
    assert(!before.empty() && !after.empty());
    std::vector<double> quotients;
    for (const double divisor : before) {
        for (const double value : after)
            quotients.push_back(value / divisor);
    }
    std::ranges::sort(quotients);
    const Trimming trimming = before.size() + after.size() <= kMostForExact
        ? exactTrimming(before.size(), after.size(), level)
        : approximateTrimming(before.size(), after.size(), level);
    return {.ratio = medianOf(quotients),
        .interval = {.low = quotients[trimming.count],
            .high = quotients[quotients.size() - 1 - trimming.count],
            .level = trimming.level}};
}

} // namespace weightroom::engine
