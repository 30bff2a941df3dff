// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace weightroom::engine {

/// What a consumer uses weights for (S1): whoever shares a model says for which of these.
enum class SharingDomain : std::uint8_t {
    None = 0,
    Inference, ///< makes images: ComfyUI, a diffusers script
    Postprocessing, ///< works on finished ones: upscalers, face restorers
    Processing, ///< works on the weights themselves: merges, conversions, checks
};

/// All but None, in their order.
[[nodiscard]] std::span<const SharingDomain> sharingDomains();
[[nodiscard]] std::string_view toText(
    SharingDomain domain); ///< "inference", "postprocessing", "processing"; else "none"
/// None for a text that names none.
[[nodiscard]] SharingDomain sharingDomainFrom(std::string_view text);

} // namespace weightroom::engine
