// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/json.h"
#include "model_engine/core/result.h"
#include "model_engine/core/settings/keep_alive.h"
#include "model_engine/core/settings/precision_choice.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weightroom::engine {

/// What the user says about a model (O13). It stands beside what was detected, never instead of it: without an override
/// the detection speaks again.
struct ModelSettings {
    std::vector<std::string> tags; ///< each once, in the user's order
    std::string notes;
    bool isFavorite = false;
    bool isPinned = false; ///< never leaves the RAM cache to make room
    KeepAlive keepAlive = kKeepForEver; ///< of loads that say nothing about it
    std::optional<ModelKind> kind; ///< overrides, as the two others; never Unknown
    std::optional<Architecture> architecture;
    std::optional<PredictionType> prediction;
    WantedPrecision precision = WantedPrecision::ByLevel; ///< that it is loaded onto devices in
    std::string weightsVariant{}; ///< of a pipeline: "fp16", …; empty: as preferredSet() chooses

    [[nodiscard]] bool isEmpty() const { return *this == ModelSettings{}; }
    friend bool operator==(const ModelSettings&, const ModelSettings&) = default;
};

using ModelSettingsPtr = std::shared_ptr<const ModelSettings>;

/// A tag is a word or a few, a note is a page or a few.
inline constexpr std::size_t kMostTags = 64;
inline constexpr std::size_t kLongestTag = 100; ///< bytes
inline constexpr std::size_t kLongestVariant = 100; ///< bytes
inline constexpr std::size_t kLongestNotes = 64 * 1024; ///< bytes

/// All fields: tags, notes, is_favorite, is_pinned, keep_alive_seconds, preferred_precision, model_type, architecture,
/// prediction_type, weights_variant; null where nothing is overridden.
[[nodiscard]] Json toJson(const ModelSettings& settings);

/// Fields that the document does not name keep their value of `before`; "detected" takes an override back, and
/// "default" the variant. Errors:
/// InvalidValue, with the field: a value that is not known, a tag that is empty, too long or holds control characters,
/// too many tags, notes that are too long; UnknownField.
[[nodiscard]] Result<ModelSettings> changedSettings(const ModelSettings& before, const Json& changes);

/// What the model is taken for: the override where there is one, else what was detected.
struct EffectiveIdentity {
    ModelKind kind = ModelKind::Unknown;
    Architecture architecture = Architecture::Unknown;
    PredictionType prediction = PredictionType::Unknown;
};
[[nodiscard]] EffectiveIdentity effectiveIdentity(const Identification& identified, const ModelSettings* settings);

} // namespace weightroom::engine
