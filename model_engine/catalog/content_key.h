// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/formats/tensor_index.h"

#include <compare>
#include <span>
#include <string>

namespace weightroom::engine {

/// What a header says, in one short text: files with different keys hold different models; files with the same key
/// *may* hold the same (two LoRAs of one recipe have one key and other values). Empty where no header could be read.
struct ContentKey {
    std::string text; ///< 32 hexadecimal digits: XXH3, 128 bits

    friend auto operator<=>(const ContentKey&, const ContentKey&) = default;
    [[nodiscard]] bool empty() const { return text.empty(); }
};

/// Of the names, types, shapes and places of all tensors, and the sizes of the files. The order in which the header
/// names them does not count.
[[nodiscard]] ContentKey contentKeyOf(const TensorIndex& index, std::span<const Bytes> fileSizes);

} // namespace weightroom::engine
