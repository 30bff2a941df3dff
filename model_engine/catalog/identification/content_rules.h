// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace weightroom::engine {

/// XXH3-128 of the bytes of a tensor as the file stores them.
using ContentDigest = std::array<std::byte, 16>;

/// A tensor of a well-known file: the same bytes make the same base.
struct KnownContent {
    std::string_view name; ///< of the file, for the evidence: "sdxl_vae"
    Dtype dtype = Dtype::Unknown;
    ContentDigest digest{};
    Architecture architecture = Architecture::Unknown;
};

/// The tensor whose bytes tell what the structure leaves open; nothing where nothing is open. It is small: 36 KiB of a
/// VAE of 4 latent channels in half precision.
[[nodiscard]] std::optional<std::string> decidingTensor(const Identification& identified, const TensorIndex& index);

[[nodiscard]] ContentDigest digestOf(std::span<const std::byte> content);

/// `identified` with the base that the bytes of its deciding tensor prove, which must be one of the candidates; as it
/// was when no row of `known` has these bytes. Pure: reading the tensor is the caller's.
[[nodiscard]] Identification decidedByContent(Identification identified, std::string_view tensor, Dtype dtype,
    const ContentDigest& digest, std::span<const KnownContent> known);

} // namespace weightroom::engine
