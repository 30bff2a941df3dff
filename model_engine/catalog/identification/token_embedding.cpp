// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/token_embedding.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr std::array kWidths{
    TokenWidth{"embedding.token_sd1", 768, Architecture::Sd1},
    TokenWidth{"embedding.token_sd2", 1024, Architecture::Sd2},
    TokenWidth{"embedding.token_sdxl", 1280, Architecture::Sdxl},
};

/// More than any prompt has room for.
constexpr std::uint64_t kMostVectors = 77;
/// As many tokens as InvokeAI accepts in one file.
constexpr std::size_t kMostTokens = 9;

bool isToken(std::string_view name) { return name.starts_with('<') && name.ends_with('>'); }

bool isEmbedding(const TensorEntry& entry, std::uint64_t width)
{
    const std::size_t rank = entry.shape.rank();
    const bool hasVectors = rank == 1 || (rank == 2 && entry.shape.dimensions.front() <= kMostVectors);
    return hasVectors && entry.shape.last() == width && entry.name.find('.') == std::string::npos;
}

} // namespace

std::span<const TokenWidth> tokenWidths() { return kWidths; }

std::optional<TokenEmbedding> identifyTokens(const TensorIndex& index)
{
    if (index.tensors.empty() || index.tensors.size() > kMostTokens)
        return std::nullopt;
    const TensorEntry& first = *std::ranges::min_element(index.tensors, {}, &TensorEntry::name);
    const auto width = std::ranges::find(kWidths, first.shape.last(), &TokenWidth::width);
    if (width == kWidths.end())
        return std::nullopt;
    if (!std::ranges::all_of(
            index.tensors, [&](const TensorEntry& entry) { return isEmbedding(entry, width->width); }))
        return std::nullopt;
    return TokenEmbedding{
        .architecture = width->architecture,
        .confidence = isToken(first.name) ? 0.9 : 0.5,
        .evidence = {std::string{width->rule}, first.name, toText(first.shape)},
    };
}

} // namespace weightroom::engine
