// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/tensor_index.h"

#include <span>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// How the weights of a file are packed or scaled, told by the tensors that stand beside them: "nf4", "fp4",
/// "bnb_int8", "svdquant", "fp8_scaled", …; empty when nothing does. The types of GGUF say it themselves: see
/// Identification::precision.
[[nodiscard]] std::string quantizationOf(std::span<const TensorEntry> tensors);

/// `ofTensors`, or what the header itself says where that tells more.
[[nodiscard]] std::string quantizationOf(std::string ofTensors, const HeaderMetadata& metadata);

/// Whether a tensor only says how another one is packed or scaled.
[[nodiscard]] bool isQuantizationMark(std::string_view name);

} // namespace weightroom::engine
