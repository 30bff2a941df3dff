// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/claim_reader.h"
#include "model_engine/formats/tensor_index.h"

namespace weightroom::engine {

/// What the header of a model file says about it: modelspec.*, what kohya's trainers note (ss_*, sshs_*), what
/// additional-networks writes (ssmd_*), and general.* of GGUF. The source of a claim is "header " and its key. Pictures
/// are not claims (see preview.h).
[[nodiscard]] SourceClaims claimsFromHeader(const HeaderMetadata& metadata);

/// The fields of ModelSpec with `prefix` in front of their keys; SwarmUI writes the same ones into a file.
[[nodiscard]] std::vector<MetadataRule> modelspecRules(std::string_view prefix, Authority authority);

} // namespace weightroom::engine
