// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/conversion_plan.h"
#include "model_engine/catalog/conversion/diffusers/names.h"
#include "model_engine/catalog/conversion/diffusers/pipeline_parts.h"
#include "model_engine/core/result.h"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// A tensor of a part, and its name there, without a prefix.
struct PartTensor {
    std::string_view name;
    const TensorEntry* entry = nullptr;
};

/// A part with its other names.
struct RenamedPart {
    std::vector<OutputTensor> tensors;
    std::vector<const TensorEntry*> dropped; ///< what no program needs: marks, left-overs of training, the half of a
                                             ///< CLIP model that looks at pictures
};

/// Gives the tensors of a part the names of `to`, with the joins, slices and shapes that belong to them. Nothing else
/// of them changes but the type, where `precision` says so. Errors: Unsupported, naming a tensor that such a part has
/// not, or that cannot be cut or turned as it has to be.
[[nodiscard]] Result<RenamedPart> renamePart(
    PartKind kind, std::span<const PartTensor> tensors, Naming to, const std::optional<Dtype>& precision);

} // namespace weightroom::engine
