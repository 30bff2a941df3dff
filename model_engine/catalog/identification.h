// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <optional>

namespace weightroom::engine {

/// Decides from tensor names and shapes, and never from the file's name, what a file is (D3). Pure: header in, result
/// out. A file that matches no rule is ModelKind::Unknown with one component "other_tensors": no silent default.
[[nodiscard]] Identification identify(const TensorIndex& index);

/// In the order in which a user reads them: unet, VAE, encoders, …, and what belongs to none last.
void sortComponents(std::vector<ComponentRecord>& components);

/// The component that a tensor belongs to (the longest prefix wins), or nullptr.
[[nodiscard]] const ComponentRecord* componentOf(const Identification& identified, std::string_view tensorName);

} // namespace weightroom::engine
