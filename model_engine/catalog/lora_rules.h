// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <optional>

namespace weightroom::engine {

/// What the keys of a LoRA say. A LoRA may touch any subset of its base's layers, so that no key is certain to be
/// there: all are looked at, and the table of rules asks for the fact that is left.
struct LoraIdentification {
    Architecture architecture = Architecture::Unknown;
    std::uint64_t rank = 0; ///< the highest of all layers
    double confidence = 0;
    Evidence evidence;
};

/// Nothing when no tensor has a LoRA's name.
[[nodiscard]] std::optional<LoraIdentification> identifyLora(const TensorLookup& lookup);

} // namespace weightroom::engine
