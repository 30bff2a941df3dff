// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/tensor_index.h"

#include <optional>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Reads the tensors of a header (SafetensorsParts::tensors) whose text has exactly the form in which the reference
/// library writes it: plain ASCII without escapes, no space but behind the end and between dimensions, the fields
/// dtype, shape and data_offsets in this order, whole numbers below 10^18. Nearly all files are written so, and this
/// takes a third of the time of reading any JSON. What it gives is what parseSafetensorsHeader() gives for that text.
///
/// Nothing for every other text, whether it is right or wrong: the parser of JSON decides then, and says what is wrong.
/// The memory of `used`, entries that are not needed any more, is used again.
[[nodiscard]] std::optional<std::vector<TensorEntry>> readPlainTable(
    std::string_view tensors, std::vector<TensorEntry> used = {});

} // namespace weightroom::engine
