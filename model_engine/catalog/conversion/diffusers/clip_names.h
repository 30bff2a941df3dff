// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/diffusers/names.h"

#include <array>

namespace weightroom::engine {

// The text encoders of OpenCLIP, which SD2 and SDXL carry under their own names in single files. The matrices of
// query, key and value are one there, and three in transformers; the projection behind the last layer is transposed.

inline constexpr std::string_view kOpenClipProjection = "text_projection";
inline constexpr std::string_view kTransformersProjection = "text_projection.weight";

/// The other name of a tensor that is one in both. Nothing for those of query, key and value, for the projection, and
/// for names that such an encoder has not.
[[nodiscard]] std::optional<std::string> openClipToTransformers(std::string_view name);
[[nodiscard]] std::optional<std::string> transformersToOpenClip(std::string_view name);

/// A tensor that holds query, key and value in single files, and the three that it is in transformers.
struct JoinedAttention {
    std::string joined; ///< "transformer.resblocks.0.attn.in_proj_weight"
    std::array<std::string, 3> parts; ///< "text_model.encoder.layers.0.self_attn.q_proj.weight", …
};

/// `name` is one of OpenCLIP.
[[nodiscard]] std::optional<JoinedAttention> attentionOfOpenClip(std::string_view name);
/// `name` is one of transformers: that of any of the three parts.
[[nodiscard]] std::optional<JoinedAttention> attentionOfTransformers(std::string_view name);

} // namespace weightroom::engine
