// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/torch/expected_result.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace weightroom::engine {
namespace {

/// Elements at a time: 16 Mi, so that the copies in double precision need 256 MiB and not eight times a tensor.
constexpr std::int64_t kBlock = 16 * 1024 * 1024;

template <class Number>
constexpr Rounding roundingTo()
{
    using Limits = std::numeric_limits<Number>;
    return {static_cast<double>(Limits::epsilon()), static_cast<double>(Limits::min())};
}

Rounding roundingOf(torch::ScalarType type)
{
    switch (type) {
    case torch::kFloat16:
        return roundingTo<c10::Half>();
    case torch::kBFloat16:
        return roundingTo<c10::BFloat16>();
    case torch::kFloat32:
        return roundingTo<float>();
    default:
        return roundingTo<double>();
    }
}

/// What rounding explains: the result itself is rounded, and so may be what is added up on the way to it, which is as
/// large as a random walk (`spread`). Sums are kept in fp32 at least, whose errors may all point the same way. Four
/// times of that: matrices are multiplied in parts, and convolutions in transformed ones (Winograd).
torch::Tensor explained(
    const torch::Tensor& exact, const torch::Tensor& spread, std::int64_t terms, torch::ScalarType calculatedIn)
{
    const Rounding rounding = roundingOf(calculatedIn);
    const double sums = std::min(rounding.epsilon, roundingTo<float>().epsilon);
    const double walk = rounding.epsilon + 2 * sums * std::sqrt(static_cast<double>(terms));
    return 4 * (rounding.epsilon * exact.abs() + walk * spread) + rounding.smallest;
}

} // namespace

ExpectedResult::ExpectedResult(torch::Tensor stored, torch::ScalarType loadedAs)
    : m_stored(std::move(stored))
    , m_loadedAs(loadedAs)
{
}

torch::Tensor ExpectedResult::widened(std::int64_t firstRow, std::int64_t rows) const
{
    const torch::Tensor wide = m_stored.narrow(0, firstRow, rows).to(torch::kFloat64);
    if (m_stored.scalar_type() == m_loadedAs)
        return wide;
    const torch::Tensor rounded = wide.to(m_loadedAs).to(torch::kFloat64);
    return torch::where(rounded.isfinite(), rounded, wide);
}

template <class Function>
void ExpectedResult::forEachBlock(const Function& function) const
{
    const std::int64_t most = std::max<std::int64_t>(1, kBlock / m_stored.size(1));
    for (std::int64_t first = 0; first < m_stored.size(0); first += most)
        function(first, widened(first, std::min(most, m_stored.size(0) - first)));
}

double ExpectedResult::inputScale() const
{
    double squares = 0;
    forEachBlock([&](std::int64_t, const torch::Tensor& weights) { squares += weights.square().sum().item<double>(); });
    const double size = std::sqrt(squares / static_cast<double>(m_stored.size(0))); // of a row
    return std::isnormal(size) ? std::clamp(1 / size, 1e-3, 1e3) : 1 / std::sqrt(static_cast<double>(m_stored.size(1)));
}

double ExpectedResult::deviationOf(
    const torch::Tensor& inputs, const torch::Tensor& results, torch::ScalarType calculatedIn) const
{
    const torch::Tensor wideInputs = inputs.to(torch::kFloat64);
    const torch::Tensor wideResults = results.to(torch::kFloat64);
    double worst = 0;
    forEachBlock([&](std::int64_t first, const torch::Tensor& weights) {
        const torch::Tensor exact = wideInputs.matmul(weights.t());
        const torch::Tensor spread = wideInputs.square().matmul(weights.square().t()).sqrt();
        const torch::Tensor found = wideResults.narrow(1, first, weights.size(0));
        const torch::Tensor ratio = (found - exact).abs() / explained(exact, spread, inputs.size(1), calculatedIn);
        // Where there is no number, none was to be there.
        const torch::Tensor isSame = found.isfinite().eq(exact.isfinite());
        const torch::Tensor isKnown = ratio.isfinite().logical_and(isSame);
        const torch::Tensor other = torch::where(isSame.logical_and(exact.isfinite().logical_not()),
            torch::zeros_like(exact), torch::full_like(exact, kFarOff));
        worst = std::max(worst, torch::where(isKnown, ratio, other).max().item<double>());
    });
    return std::min(worst, kFarOff);
}

} // namespace weightroom::engine
