// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weightroom::engine {

/// How much a load may change to save memory (C3): "none", "balanced", "aggressive". What each does to the precision of
/// weights stands in docs/precision.md.
enum class OptimizationLevel : std::uint8_t { None = 0, Balanced, Aggressive };

/// The type that weights are asked for in; "by_level", "as_stored", "fp32", "fp16", "bf16", "fp8_e4m3fn".
enum class WantedPrecision : std::uint8_t { ByLevel = 0, AsStored, Fp32, Fp16, Bf16, Fp8E4m3fn };

[[nodiscard]] std::string_view toText(OptimizationLevel level);
[[nodiscard]] std::string_view toText(WantedPrecision precision);
/// All words, in the order of the values.
[[nodiscard]] std::span<const std::string_view> optimizationLevelWords();
[[nodiscard]] std::span<const std::string_view> precisionWords();
/// Nothing for a text that is none of them, spelled exactly so.
[[nodiscard]] std::optional<OptimizationLevel> optimizationLevelFromText(std::string_view text);
[[nodiscard]] std::optional<WantedPrecision> wantedPrecisionFromText(std::string_view text);

/// What a load is asked for. A precision that is named stands above the level.
struct PrecisionRequest {
    OptimizationLevel level = OptimizationLevel::Balanced;
    WantedPrecision precision = WantedPrecision::ByLevel;

    friend bool operator==(const PrecisionRequest&, const PrecisionRequest&) = default;
};

/// Everything as it is stored.
inline constexpr PrecisionRequest kAsStored{OptimizationLevel::None, WantedPrecision::AsStored};

} // namespace weightroom::engine
