// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/identification/places.h"

#include <string>
#include <vector>

namespace weightroom::engine {

/// A part that a rule found in the file.
struct Part {
    const PartRule* rule;
    const Place* place;
};

/// The parts of a file, the weightiest first: a diffusion model decides what a file is, then a ControlNet or adapter, a
/// VAE, a text encoder. `places` must outlive the result.
[[nodiscard]] std::vector<Part> findParts(const HeaderView& header, const PlaceTable& places);

/// "unet_sdxl", "vae_kl_f8", "encoder_clip_l", "ip_adapter_sd1", …
[[nodiscard]] std::string componentIdOf(const PartRule& rule);

} // namespace weightroom::engine
