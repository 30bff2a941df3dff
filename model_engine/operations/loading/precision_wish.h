// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/settings/feature_flags.h"
#include "model_engine/core/settings/precision_choice.h"
#include "model_engine/loader/model_loader.h"
#include "model_engine/loader/precision/precision_preview.h"
#include "model_engine/operations/engine_tables.h"
#include "model_engine/operations/operation.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What somebody says about the precision of a load; what is absent is left to the model's settings and the engine's.
struct PrecisionWish {
    std::optional<OptimizationLevel> level{};
    std::optional<WantedPrecision> precision{};
};

/// What is asked for: a precision that is named, else a level that is named, else the precision that the model's
/// settings name, else the level of the engine's settings. Everything as it is stored while precision_conversion is
/// off. On the engine thread. Errors: FeatureOff, when it is off and the wish names what would be converted.
[[nodiscard]] Result<PrecisionRequest> precisionFor(
    const FeatureFlags& flags, const EngineTables& tables, const ModelId& model, const PrecisionWish& wish);

/// Such words, as a field allows them.
[[nodiscard]] std::vector<std::string_view> allowedWords(std::span<const std::string_view> words);
/// The fields "optimization_level" and "precision" of an operation that loads.
[[nodiscard]] FieldSpec optimizationLevelField();
[[nodiscard]] FieldSpec precisionField();
/// What these fields say.
[[nodiscard]] PrecisionWish precisionWishFrom(const Arguments& arguments);

/// What a load would convert: optimization_level, precision, size_bytes and loaded_bytes, and of each component the
/// types that change and what stays, with the reason.
[[nodiscard]] Json toJson(const PrecisionPreview& preview);
/// What a load has converted of one component, and the error that it brought.
[[nodiscard]] Json toJson(const ComponentConversion& conversion);

} // namespace weightroom::engine
