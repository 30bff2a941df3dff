// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/architecture.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace weightroom::engine {

/// Which naming of layers a LoRA's layer belongs to, told by how its name begins behind the trainer's prefix.
enum class LoraFamily : std::uint8_t {
    Any = 0, ///< of a row that asks for none; no layer's
    Other, ///< no block: "txt_in", "vector_in.in_layer", …
    Unet,
    TextEncoder,
    StreamBlocks, ///< "double_blocks", "single_blocks": Black Forest Labs and those who follow them
    SingleTransformerBlocks,
    TransformerBlocks,
    JointBlocks, ///< SD3
    AuraLayers,
    HiDreamBlocks,
    Layers, ///< "layers", "noise_refiner", …: Lumina 2, Z-Image
    Blocks, ///< "blocks": Wan, Cosmos, PixArt, HunyuanDiT
    LanguageModel,
};
inline constexpr std::size_t kLoraFamilies = static_cast<std::size_t>(LoraFamily::LanguageModel) + 1;

/// Whose layers the trainer's prefix names.
enum class LoraTarget : std::uint8_t {
    Any = 0, ///< also: the prefix says nothing
    OnlyEncoder, ///< the text encoder of a base that has one
    FirstEncoder,
    SecondEncoder,
    ThirdEncoder,
    Cascade,
};

/// What a trainer puts in front of a layer's name.
struct LoraPrefix {
    std::string_view text;
    LoraTarget target = LoraTarget::Any;
};
[[nodiscard]] std::span<const LoraPrefix> loraPrefixes();

/// How the names of a family begin, with '_' for every dot.
struct LoraFamilyName {
    std::string_view beginning;
    LoraFamily family;
};
[[nodiscard]] std::span<const LoraFamilyName> loraFamilyNames();

/// A width of a layer's input, and the flavour of the base that has it.
struct LoraSize {
    std::uint64_t in;
    std::string_view baseVariant;
};

/// One row of the table: what a single layer of a LoRA says about its base. A LoRA may touch any subset of its base's
/// layers, so that none is certain to be there: all are looked at, and the row that stands highest decides.
struct LoraRule {
    std::string_view name{};
    Architecture architecture = Architecture::Unknown;
    std::span<const Architecture> candidates{}; ///< where the architecture is unknown
    LoraFamily family = LoraFamily::Other;
    LoraTarget target = LoraTarget::Any;
    std::string_view contains{}; ///< in the layer's name, with '_' for every dot
    std::array<std::string_view, 6> anyOf{}; ///< the same, one of them; after a '$' the name must end so
    std::uint64_t in = 0; ///< width of the layer's input; 0: any
    std::uint64_t out = 0; ///< and of its output
    std::span<const LoraSize> sizes{}; ///< instead of `in` and `baseVariant`: one of them
    std::uint32_t leastBlock = 0; ///< the number of the first block that says so
    std::uint32_t leastInnerBlock = 0; ///< of the transformer block within a UNet's block
    std::string_view baseVariant{};
    std::string_view dialect{}; ///< instead of that of the names
    double confidence = 1;
};
[[nodiscard]] std::span<const LoraRule> loraRules();

} // namespace weightroom::engine
