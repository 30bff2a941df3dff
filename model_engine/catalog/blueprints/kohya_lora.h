// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/blueprints/tensor_blueprint.h"

namespace weightroom::engine {

/// A LoRA of a base as kohya's scripts name it: "lora_unet_input_blocks_4_1_…" from "input_blocks.4.1.…", three tensors
/// for each linear layer of the base's transformers. `prefix` is "lora_unet", "lora_te1", …
[[nodiscard]] Blueprint kohyaLora(const Blueprint& base, std::string_view prefix, std::uint64_t rank);

} // namespace weightroom::engine
