// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/use_predictor.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace weightroom::engine {
namespace {

// Chosen on the generated traces of benchmarks/ (seeds 1 to 3, November 2026; docs/decisions/0014): over all of them
// the time lost was 0.85 of LRU's. Of 54 combinations with half-lives from 8 to 32, decays of 0.7 and 0.85, doubts from
// 0.1 to 1 and discounts from 0.7 to 0.95, the worst gave 0.92.

/// After so many loads one counts half, for how often a model is loaded at large.
constexpr double kHalfLifeLoads = 16;
/// What the earlier followers of a model still count when one more is seen.
constexpr double kFollowerDecay = 0.7;
/// A follower below this has no say, and goes: none has more than log(0.02) / log(0.7) = 11.
constexpr double kLeastFollower = 0.02;
/// How many followers a row must have seen to be believed as much as what is known at large.
constexpr double kDoubt = 0.1;
/// A use one load later counts so much less, and after so many loads nothing does.
constexpr double kDiscount = 0.7;
constexpr int kLoadsAhead = 16;
/// A share of the chain below this is not followed.
constexpr double kLeastShare = 1e-4;
/// Components that fewer of the late uses took are not expected.
constexpr double kLeastComponent = 0.5;

template <class Key>
double sumOf(const std::map<Key, double>& weights)
{
    double sum = 0;
    for (const auto& [key, weight] : weights)
        sum += weight;
    return sum;
}

template <class Key>
void scale(std::map<Key, double>& weights, double by)
{
    for (auto& [key, weight] : weights)
        weight *= by;
}

/// All count for less, and go when they hardly do.
template <class Key>
void decay(std::map<Key, double>& weights)
{
    scale(weights, kFollowerDecay);
    std::erase_if(weights, [](const auto& row) { return row.second < kLeastFollower; });
}

} // namespace

void UsePredictor::beginRun(Clock::Wall startedAt)
{
    m_current = {};
    m_run = startedAt;
}

void UsePredictor::observe(const ModelUse& use)
{
    if (use.runStartedAt != m_run)
        beginRun(use.runStartedAt);
    const bool isRepeated = use.model == m_current;
    if (!isRepeated) {
        ++m_loads;
        auto& followers = m_rows[m_current].followers;
        decay(followers);
        followers[use.model] += 1;
    }
    Row& row = m_rows[use.model];
    row.weight = weightNow(row) + (isRepeated ? 0 : 1);
    row.asOf = m_loads;
    decay(row.components);
    for (const ComponentId& component : use.components)
        row.components[component] += 1;
    row.uses = row.uses * kFollowerDecay + 1;
    m_current = use.model;
    if (m_rows.size() > kMostModels)
        forgetTheRarest();
}

double UsePredictor::weightNow(const Row& row) const
{
    return row.weight * std::exp2(-static_cast<double>(m_loads - row.asOf) / kHalfLifeLoads);
}

void UsePredictor::forgetTheRarest()
{
    const auto rarest = std::ranges::min_element(m_rows, {}, [this](const auto& row) {
        const bool stays = row.first.empty() || row.first == m_current;
        return stays ? std::numeric_limits<double>::max() : weightNow(row.second);
    });
    const ModelId gone = rarest->first;
    m_rows.erase(rarest);
    for (auto& [model, row] : m_rows)
        row.followers.erase(gone);
}

UsePredictor::Share UsePredictor::atLarge() const
{
    Share share;
    for (const auto& [model, row] : m_rows) {
        if (const double weight = weightNow(row); weight > 0)
            share[model] = weight;
    }
    if (const double sum = sumOf(share); sum > 0)
        scale(share, 1 / sum);
    return share;
}

UsePredictor::Share UsePredictor::step(const Share& share, const Share& atLarge) const
{
    Share next;
    double unsaid = 0; // what the rows leave to what is known at large
    for (const auto& [model, part] : share) {
        const auto row = m_rows.find(model);
        const double seen = row == m_rows.end() ? 0 : sumOf(row->second.followers);
        unsaid += part * kDoubt / (seen + kDoubt);
        if (row == m_rows.end() || part < kLeastShare)
            continue;
        for (const auto& [follower, weight] : row->second.followers)
            next[follower] += part * weight / (seen + kDoubt);
    }
    for (const auto& [model, part] : atLarge)
        next[model] += unsaid * part;
    return next;
}

std::vector<LikelyModel> UsePredictor::next() const
{
    std::vector<LikelyModel> likely;
    for (const auto& [model, probability] : step({{m_current, 1.0}}, atLarge())) {
        const auto row = m_rows.find(model);
        if (model == m_current || row == m_rows.end())
            continue;
        LikelyModel one{model, probability, {}};
        for (const auto& [component, uses] : row->second.components) {
            if (uses >= kLeastComponent * row->second.uses)
                one.components.push_back(component);
        }
        likely.push_back(std::move(one));
    }
    std::ranges::stable_sort(likely, std::ranges::greater{}, &LikelyModel::probability);
    return likely;
}

ExpectedUses UsePredictor::expectedUses() const
{
    const Share large = atLarge();
    Share share{{m_current, 1.0}};
    Share sum;
    double discount = 1;
    for (int ahead = 0; ahead < kLoadsAhead; ++ahead) {
        share = step(share, large);
        for (const auto& [model, part] : share)
            sum[model] += discount * part;
        discount *= kDiscount;
    }
    ExpectedUses expected;
    for (const auto& [model, uses] : sum) {
        const auto row = m_rows.find(model);
        if (row == m_rows.end() || row->second.uses <= 0)
            continue;
        for (const auto& [component, count] : row->second.components)
            expected[{model, component}] = uses * count / row->second.uses;
    }
    return expected;
}

} // namespace weightroom::engine
