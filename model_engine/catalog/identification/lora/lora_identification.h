// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/identification/header_view.h"
#include "model_engine/catalog/model_record.h"

#include <optional>
#include <span>
#include <string>

namespace weightroom::engine {

/// What the keys of a LoRA say.
struct LoraIdentification {
    Architecture architecture = Architecture::Unknown;
    std::span<const Architecture> candidates{};
    std::string dialect{}; ///< "kohya", "peft", "loha", "dora", …
    std::string_view baseVariant{};
    std::optional<std::uint64_t> rank{}; ///< the highest of all layers; a header does not hold the alpha
    double confidence = 0;
    Evidence evidence{};
    ModelProblem problem = ModelProblem::None;
};

/// The answer for a LoRA that no row of the table knows.
inline constexpr std::string_view kUnknownLoraBase = "lora.unknown_base";

/// Nothing when no tensor is a LoRA's.
[[nodiscard]] std::optional<LoraIdentification> identifyLora(const HeaderView& header);

} // namespace weightroom::engine
