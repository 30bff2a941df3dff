// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Decides from tensor names and shapes, and never from the file's name, what a file is (D3). Pure: header in, result
/// out. A file that matches no rule is ModelKind::Unknown with one component "other_tensors": no silent default.
[[nodiscard]] Identification identify(const TensorIndex& index);

/// The two steps of it: what the tensors tell, which is the same for all files that describe theirs alike, and what the
/// other fields of one header add.
[[nodiscard]] Identification identifyTensors(const TensorIndex& index);
[[nodiscard]] Identification withMetadata(Identification ofTensors, const HeaderMetadata& metadata);

/// Notes in the evidence that a diffusion model brings no VAE or no text encoders: it is whole, they come from other
/// files, and the user wants to know.
void noteAbsentParts(Identification& identified);
inline constexpr std::string_view kAbsentPart = "checkpoint.parts"; ///< the rule of that evidence

/// In the order in which a user reads them: unet, VAE, encoders, …, and what belongs to none last.
void sortComponents(std::vector<ComponentRecord>& components);

/// The component that a tensor belongs to (the longest prefix wins), or nullptr.
[[nodiscard]] const ComponentRecord* componentOf(const Identification& identified, std::string_view tensorName);

} // namespace weightroom::engine
