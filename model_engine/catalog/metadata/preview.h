// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/header_claims.h"
#include "model_engine/catalog/metadata/sidecars/companions.h"
#include "model_engine/core/bytes.h"

#include <filesystem>
#include <optional>
#include <string>

namespace weightroom::engine {

/// ModelSpec wants 256 × 256 pixels, which are 50 KB; covers of additional-networks are whole pictures. Larger ones are
/// passed over.
inline constexpr Bytes kLargestEmbeddedPreview = kMiB * 2;

/// A picture inside a model's header, still in base64: who shows it decodes it.
struct EmbeddedPreview {
    std::string mediaType; ///< "image/jpeg", …: as the bytes begin, whatever the header claims; never SVG
    std::string base64; ///< only characters of base64
    std::string source; ///< "header modelspec.thumbnail"
};

/// What to show for a model: a file, or a picture of the header.
struct Preview {
    PreviewFile file; ///< kind None: the picture is embedded
    std::optional<EmbeddedPreview> embedded;
};

/// The first cover of additional-networks, or the thumbnail of ModelSpec, that is a picture of a known kind.
[[nodiscard]] std::optional<EmbeddedPreview> embeddedPreview(const HeaderMetadata& metadata);

/// The first file that is there and a regular one, or else the header's. Nothing is decoded: what the bytes of a file
/// are is found out by who shows them.
[[nodiscard]] std::optional<Preview> choosePreview(const Companions& companions, const HeaderMetadata& metadata);

} // namespace weightroom::engine
