// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/identification/header_view.h"
#include "model_engine/catalog/model_record.h"
#include "model_engine/catalog/rules/rule.h"

#include <span>
#include <string_view>

namespace weightroom::engine {

/// A tensor that a checkpoint carries only to say what it predicts; its value, where it has one, is for the sampler.
struct PredictionMark {
    std::string_view rule;
    std::string_view key; ///< anywhere from the root of the file
    PredictionType prediction;
};
[[nodiscard]] std::span<const PredictionMark> predictionMarks();

/// Sets what a diffusion model predicts: a mark in the file, else what its flavour or its architecture does. `variant`
/// may be null. Where an architecture is trained in several ways, the evidence names the mark that was not there.
void addPrediction(
    Identification& identified, const HeaderView& header, const PartRule& rule, const VariantRule* variant);

} // namespace weightroom::engine
