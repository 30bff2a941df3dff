// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace weightroom::engine {

/// A text encoder that a diffusion model takes.
struct EncoderNeed {
    Architecture architecture = Architecture::Unknown; ///< Unknown: none
    std::string_view variant{}; ///< its size, "4b"; empty: of any
    bool isOptional = false; ///< it works without, and knows less of long prompts
};

/// What a diffusion model of an architecture needs beside itself to make a picture.
struct BaseNeeds {
    Architecture base = Architecture::Unknown;
    std::string_view variant{}; ///< the first row of the base whose variant this begins is its row; empty: all others
    Architecture vae = Architecture::Unknown; ///< whose VAE it works with
    std::uint32_t latentChannels = 0;
    std::array<EncoderNeed, 4> encoders{};
};

/// nullptr for an architecture that has no row.
[[nodiscard]] const BaseNeeds* needsOf(const Identification& base);

/// The latent channels of the VAE that is made for an architecture; 0 when they are not known.
[[nodiscard]] std::uint32_t latentChannelsOf(Architecture vae);

/// Whether two architectures have one latent space: SD1's VAEs serve SD2, and those of SD3 serve SD3.5.
[[nodiscard]] bool shareLatents(Architecture a, Architecture b);

/// Whether the size of a flavour is that of another: "klein-4b" in "klein-4b-base", "14b" in "14b-i2v".
[[nodiscard]] bool isFlavourOf(std::string_view variant, std::string_view size);

} // namespace weightroom::engine
