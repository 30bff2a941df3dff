// SPDX-License-Identifier: GPL-3.0-or-later
//
// Whole files, put together from their parts as their authors published them.
#pragma once

#include "model_engine/catalog/blueprints/tensor_blueprint.h"

namespace weightroom::engine {

/// Full: the shapes of the real model. Small: see shrunk(); each file has between 5 and 30 MB.
enum class ModelSize : std::uint8_t { Small, Full };

[[nodiscard]] Blueprint sd1Checkpoint(ModelSize size);
[[nodiscard]] Blueprint sdxlCheckpoint(ModelSize size);
/// The diffusion model alone, without text encoders and VAE.
[[nodiscard]] Blueprint fluxSchnellModel(ModelSize size);
[[nodiscard]] Blueprint sdxlLora(ModelSize size);
[[nodiscard]] Blueprint sd1Controlnet(ModelSize size);
/// The same weights as the VAE in sdxlCheckpoint().
[[nodiscard]] Blueprint sdxlVae(ModelSize size);
/// The same weights as the text encoder in sd1Checkpoint() and the first one in sdxlCheckpoint().
[[nodiscard]] Blueprint clipLEncoder(ModelSize size);

} // namespace weightroom::engine
