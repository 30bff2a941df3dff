// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/identification/header_view.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace weightroom::engine {

/// How a LoRA changes the layers of its base, and how it names its tensors. In the order of what tells more: a file of
/// LoHa layers may have some plain ones.
enum class LoraDialect : std::uint8_t {
    Unknown = 0,
    Full, ///< whole differences, "diff"
    Diffusers, ///< "lora.down.weight", older releases
    Peft, ///< "lora_A.weight"
    Kohya, ///< "lora_down.weight"
    Xlabs, ///< "processor.qkv_lora1.down.weight"
    Ia3,
    Oft,
    Boft,
    Glora,
    Lokr,
    Loha,
};
[[nodiscard]] std::string_view toText(LoraDialect dialect);

/// What a tensor of a LoRA is for.
enum class LoraRole : std::uint8_t {
    None = 0,
    Layer, ///< stands for its layer: one in each
    Companion,
    Magnitude, ///< of DoRA
};

/// A tensor's name taken apart.
struct LoraTensor {
    LoraDialect dialect = LoraDialect::Unknown;
    LoraRole role = LoraRole::None;
    std::string_view layer; ///< the name of the layer that is changed
};

/// Role None for a name that no LoRA has.
[[nodiscard]] LoraTensor loraTensorOf(std::string_view name);

/// Whether a tensor with the role Layer has the dimensions of one: a name alone is no LoRA.
[[nodiscard]] bool isLoraLayer(const LoraTensor& tensor, const TensorEntry& entry);

// What the tensors of a layer tell about it; nothing where they do not. `entry` is the one with the role Layer.
/// The width of the layer's input.
[[nodiscard]] std::optional<std::uint64_t> inputOf(
    const HeaderView& header, const LoraTensor& tensor, const TensorEntry& entry);
/// The width of the layer's output.
[[nodiscard]] std::optional<std::uint64_t> outputOf(
    const HeaderView& header, const LoraTensor& tensor, const TensorEntry& entry);
[[nodiscard]] std::optional<std::uint64_t> rankOf(
    const HeaderView& header, const LoraTensor& tensor, const TensorEntry& entry);

} // namespace weightroom::engine
