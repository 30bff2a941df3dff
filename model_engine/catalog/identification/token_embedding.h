// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/formats/tensor_index.h"

#include <optional>
#include <span>
#include <string_view>

namespace weightroom::engine {

/// The width of a text encoder, and whose it is.
struct TokenWidth {
    std::string_view rule;
    std::uint64_t width;
    Architecture architecture;
};
[[nodiscard]] std::span<const TokenWidth> tokenWidths();

struct TokenEmbedding {
    Architecture architecture = Architecture::Unknown;
    double confidence = 0;
    Evidence evidence;
};

/// A textual inversion as diffusers saves it: nothing but rows of one width, each tensor named after its token. The
/// name "<token>" is no proof, and any other is less: the file must hold nothing else.
[[nodiscard]] std::optional<TokenEmbedding> identifyTokens(const TensorIndex& index);

} // namespace weightroom::engine
