// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/blueprints/tensor_blueprint.h"

namespace weightroom::engine {

/// A CLIP text encoder: both have a vocabulary of 49,408 and read 77 tokens.
struct ClipDesign {
    std::uint64_t width;
    std::uint64_t layers;
};

inline constexpr ClipDesign kClipL{768, 12};
inline constexpr ClipDesign kOpenClipH{1024, 23}; ///< as checkpoints of SD2 carry it: the layer before the last is read
inline constexpr ClipDesign kClipG{1280, 32};

/// With the names of transformers ("text_model.encoder.layers.0.…"), with position_ids as older releases store them.
[[nodiscard]] Blueprint transformersClip(const ClipDesign& design, Dtype dtype);

/// With the names of open_clip ("transformer.resblocks.0.…"), query, key and value in one matrix.
[[nodiscard]] Blueprint openClip(const ClipDesign& design, Dtype dtype);

/// The encoder of T5 v1.1 XXL.
[[nodiscard]] Blueprint t5Xxl(Dtype dtype);

} // namespace weightroom::engine
