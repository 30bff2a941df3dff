// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/precision_choice.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace weightroom::engine {
namespace {

// By the values of the enumerations.
constexpr std::array<std::string_view, 3> kLevels{"none", "balanced", "aggressive"};
constexpr std::array<std::string_view, 6> kPrecisions{"by_level", "as_stored", "fp32", "fp16", "bf16", "fp8_e4m3fn"};
static_assert(kLevels.size() == static_cast<std::size_t>(OptimizationLevel::Aggressive) + 1);
static_assert(kPrecisions.size() == static_cast<std::size_t>(WantedPrecision::Fp8E4m3fn) + 1);

template <class Value>
std::string_view textAt(std::span<const std::string_view> texts, Value value)
{
    const auto index = static_cast<std::size_t>(value);
    return texts[index < texts.size() ? index : 0];
}

template <class Value>
std::optional<Value> valueAt(std::span<const std::string_view> texts, std::string_view text)
{
    const auto found = std::ranges::find(texts, text);
    if (found == texts.end())
        return std::nullopt;
    return static_cast<Value>(found - texts.begin());
}

} // namespace

std::string_view toText(OptimizationLevel level) { return textAt(kLevels, level); }
std::string_view toText(WantedPrecision precision) { return textAt(kPrecisions, precision); }

std::span<const std::string_view> optimizationLevelWords() { return kLevels; }
std::span<const std::string_view> precisionWords() { return kPrecisions; }

std::optional<OptimizationLevel> optimizationLevelFromText(std::string_view text)
{
    return valueAt<OptimizationLevel>(kLevels, text);
}

std::optional<WantedPrecision> wantedPrecisionFromText(std::string_view text)
{
    return valueAt<WantedPrecision>(kPrecisions, text);
}

} // namespace weightroom::engine
