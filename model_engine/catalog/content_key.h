// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/formats/tensor_index.h"

#include <compare>
#include <cstdint>
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

/// Of the names, types, shapes and places of all tensors, whatever stands in front of the data. The order in which the
/// header names them does not count.
struct ContentSum {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    std::uint64_t tensors = 0;
};
[[nodiscard]] ContentSum contentSumOf(const TensorIndex& index);

/// Of the tensors and of the sizes of the files.
[[nodiscard]] ContentKey contentKeyOf(const ContentSum& tensors, std::span<const Bytes> fileSizes);
[[nodiscard]] ContentKey contentKeyOf(const TensorIndex& index, std::span<const Bytes> fileSizes);

} // namespace weightroom::engine
