// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/blueprints/ldm.h"
#include "model_engine/catalog/blueprints/tensor_blueprint.h"
#include "tests/model_engine/catalog/identification_cases.h"
#include "tests/support/header_text.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::test {

struct NameAndShape {
    std::string name;
    engine::Shape shape;
};

/// In half precision.
[[nodiscard]] engine::Blueprint tensors(const std::vector<NameAndShape>& rows);

/// `part` below a prefix.
[[nodiscard]] engine::Blueprint at(std::string_view prefix, engine::Blueprint part);

/// With another shape of the tensor `name`, which must be there.
[[nodiscard]] engine::Blueprint reshaped(engine::Blueprint part, std::string_view name, engine::Shape shape);

/// Without the tensors whose names begin with `prefix`, of which there must be one.
[[nodiscard]] engine::Blueprint without(engine::Blueprint part, std::string_view prefix);

/// With `to` in the place of the first `from` in every name that has it.
[[nodiscard]] engine::Blueprint renamed(engine::Blueprint part, std::string_view from, std::string_view to);

/// With `depth` blocks in a list: those that are not there are copies of the first one, "blocks.0." for "blocks.".
[[nodiscard]] engine::Blueprint deepened(engine::Blueprint part, std::string_view list, int depth);

/// As bitsandbytes stores 4 bits: the weights of linear layers in bytes of two values, and what they need beside.
[[nodiscard]] engine::Blueprint packedToNf4(engine::Blueprint part);

[[nodiscard]] engine::UnetDesign withInputs(engine::UnetDesign design, std::uint64_t inputChannels);

[[nodiscard]] engine::Blueprint transformer(std::string_view name); ///< of headers/transformers.txt
[[nodiscard]] engine::Blueprint video(std::string_view name);
[[nodiscard]] engine::Blueprint vaeHeader(std::string_view name);
[[nodiscard]] engine::Blueprint encoderHeader(std::string_view name);
[[nodiscard]] engine::Blueprint controlnetHeader(std::string_view name);

/// "unet_sd3_5" for "unet" and SD 3.5.
[[nodiscard]] std::string componentId(std::string_view kind, engine::Architecture architecture);

/// A diffusion model by itself.
[[nodiscard]] IdentificationCase diffusionCase(std::string name, engine::Blueprint blueprint,
    engine::Architecture architecture, std::string variant, std::string rule,
    engine::PredictionType prediction = engine::PredictionType::Flow, std::string problems = "");

/// All cases of some functions.
[[nodiscard]] Cases allOf(std::initializer_list<Cases (*)()> families);

/// The two tensors of one layer.
struct LoraNames {
    const char* down;
    const char* up;
};
inline constexpr LoraNames kKohya{".lora_down.weight", ".lora_up.weight"};
inline constexpr LoraNames kPeft{".lora_A.weight", ".lora_B.weight"};
inline constexpr LoraNames kOldDiffusers{"_lora.down.weight", "_lora.up.weight"};
[[nodiscard]] engine::Blueprint loraLayer(
    const std::string& layer, std::uint64_t in, std::uint64_t out, const LoraNames& names = kKohya);

/// A LoRA, which is one component.
[[nodiscard]] IdentificationCase loraCase(std::string name, engine::Blueprint blueprint,
    engine::Architecture architecture, std::string variant, std::string rule);

} // namespace weightroom::test
