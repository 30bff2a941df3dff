// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <span>
#include <string_view>

namespace weightroom::engine {

/// What a program wrote into a header about its file: a claim, which counts where the tensors leave something open.
struct MetadataRule {
    std::string_view field;
    std::string_view beginning; ///< of its value
    Architecture architecture = Architecture::Unknown;
    PredictionType prediction = PredictionType::Unknown;
};
[[nodiscard]] std::span<const MetadataRule> metadataRules();

/// Fills in the architecture where the structure does not tell it (a VAE, a LoRA of few layers), if it is one of the
/// candidates, and what the model predicts; with the field as evidence. Also notes the architecture that a GGUF file
/// claims.
void addMetadata(Identification& identified, const HeaderMetadata& metadata);

} // namespace weightroom::engine
