// SPDX-License-Identifier: GPL-3.0-or-later
//
// The latent diffusion family with the names of its authors (CompVis, Stability-AI/generative-models).
#pragma once

#include "model_engine/catalog/blueprints/tensor_blueprint.h"

namespace weightroom::engine {

/// What makes a UNet the one of SD1, SD2, SDXL or the refiner.
struct UnetDesign {
    std::uint64_t modelChannels;
    std::uint64_t inputChannels;
    std::vector<std::uint64_t> multipliers; ///< of the channels, one a level
    std::vector<std::uint64_t> depths; ///< transformer blocks behind each residual block of a level; 0: none
    std::uint64_t middleDepth;
    std::uint64_t contextWidth;
    std::uint64_t labelWidth; ///< of the pooled condition; 0: none
    bool hasLinearProjections; ///< SD1 projects in and out of its transformers by 1 × 1 convolutions
};

[[nodiscard]] UnetDesign sd1Unet();
[[nodiscard]] UnetDesign sd2Unet();
[[nodiscard]] UnetDesign sdxlUnet();
[[nodiscard]] UnetDesign sdxlRefinerUnet();

[[nodiscard]] Blueprint ldmUnet(const UnetDesign& design, Dtype dtype);

/// A ControlNet: the first half of the UNet, a hint encoder, and a zero convolution behind each block.
[[nodiscard]] Blueprint ldmControlnet(const UnetDesign& design, Dtype dtype);

/// The autoencoder of SD1, SD2 and SDXL (4 latent channels, with quant_conv) and of Flux (16, without).
enum class Autoencoder : std::uint8_t { KlF8, Flux };
[[nodiscard]] Blueprint autoencoder(Autoencoder kind, Dtype dtype);

/// The buffers of the noise schedule that checkpoints of SD1 carry: 12 of 1000 steps each.
[[nodiscard]] Blueprint noiseSchedule();

} // namespace weightroom::engine
