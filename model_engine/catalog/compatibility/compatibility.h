// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// Whether two models work together (D4). What cannot be decided from them is "perhaps", with the reason, and never a
/// guess; the better verdict is the larger value.
enum class Verdict : std::uint8_t { None = 0, Incompatible, Perhaps, Compatible };

/// Why. A program reads the word, a person the detail.
enum class CompatibilityReason : std::uint8_t {
    None = 0,
    SameArchitecture,
    SameVariant, ///< of one architecture, and of the size that the other one is made for
    OtherArchitecture,
    OtherVariant, ///< of one architecture, but of another size: the shapes differ
    VariantUnknown, ///< of one architecture that has several sizes; which one is not known
    ReducedModel, ///< a base with fewer layers than its architecture has: what is for the others has no effect
    RelatedArchitecture, ///< one was made from the other, and most of its layers fit
    AmongCandidates, ///< its structure fits several architectures, the base's among them
    NotAmongCandidates, ///< its structure fits several architectures, and none is the base's
    BaseUnknown, ///< nothing tells what one of the two belongs to
    SameLatents, ///< a VAE of the latents that the base works in
    OtherLatents, ///< of as many channels with another meaning
    OtherLatentChannels,
    OnlyHalf, ///< a VAE that can decode or encode only
    UsedEncoder,
    UnusedEncoder,
    OtherEncoderSize,
    SameFeatures, ///< an encoder of pictures, and the adapter that was trained on what it gives
    OtherFeatures,
    FeaturesUnknown, ///< on which encoder the adapter was trained does not show in its tensors
    NoFeatures, ///< the adapter takes none of such an encoder
};

[[nodiscard]] std::string_view toText(Verdict verdict); ///< "compatible", "perhaps", "incompatible"
[[nodiscard]] std::string_view toText(CompatibilityReason reason); ///< "same_architecture", …
[[nodiscard]] std::optional<Verdict> verdictFromText(std::string_view text);

struct Compatibility {
    Verdict verdict = Verdict::None;
    CompatibilityReason reason = CompatibilityReason::None;
    std::string detail; ///< English: "the LoRA is for klein-4b, the model is klein-9b"
};

/// Whether a model generates pictures or the like: a checkpoint or a diffusion model alone. All others work with one.
[[nodiscard]] bool isBase(const Identification& model);

/// Whether two models work together, in either order. Nothing for models that are never used with each other as a pair:
/// two bases, two LoRAs, an upscaler and anything. Pure.
[[nodiscard]] std::optional<Compatibility> compatibilityOf(const Identification& a, const Identification& b);

} // namespace weightroom::engine
