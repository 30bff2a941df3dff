// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// What the configuration of a latent diffusion checkpoint says that its weights do not show.
struct LdmConfig {
    std::string parameterization; ///< "eps", "v"; empty: not said
    std::optional<std::int64_t> inChannels; ///< of the UNet: 4, 9 for inpainting
};

/// Finds two keys in the YAML text, line by line; it is no reader of YAML. The UNet's keys are those that are indented
/// deeper than "unet_config". Whatever else the text is, nothing is found in it.
[[nodiscard]] LdmConfig readLdmConfig(std::string_view text);

} // namespace weightroom::engine
