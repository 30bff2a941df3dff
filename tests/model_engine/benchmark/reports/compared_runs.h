// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/system/random_bits.h"
#include "tests/model_engine/benchmark/reports/sample_report.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

namespace weightroom::test {

/// Normally distributed around `mean`; the same for a seed on every machine (Box and Muller).
inline std::vector<double> noisy(std::size_t count, double mean, double deviation, std::uint64_t seed)
{
    const auto uniform = [seed](std::uint64_t number) {
        return (static_cast<double>(engine::randomBits(seed, number) >> 11U) + 0.5) * 0x1p-53;
    };
    std::vector<double> values;
    for (std::uint64_t i = 0; i < count; ++i) {
        const double normal =
            std::sqrt(-2 * std::log(uniform(2 * i))) * std::cos(2 * std::numbers::pi * uniform(2 * i + 1));
        values.push_back(std::max(0.01, mean * (1 + deviation * normal)));
    }
    return values;
}

/// With another content than those of other names.
inline engine::BenchmarkReport oneModel(const std::string& name, const std::vector<double>& seconds, engine::Bytes size)
{
    engine::BenchmarkReport report = sampleReport();
    report.models = {sampleModel(name)};
    report.models[0].model.size = size;
    report.models[0].stages = {stageOf(engine::BenchmarkStage::Whole, seconds, size)};
    return report;
}

inline bool isNear(double value, double wanted) { return std::abs(value - wanted) < 1e-9; }

} // namespace weightroom::test
