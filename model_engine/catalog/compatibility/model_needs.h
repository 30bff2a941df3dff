// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/compatibility/compatibility.h"

#include <string>
#include <vector>

namespace weightroom::engine {

/// Something that a model needs beside itself (C6).
struct ModelNeed {
    ModelKind kind = ModelKind::Unknown; ///< Vae, TextEncoder, ClipVision; Checkpoint stands for any base
    std::vector<Architecture> architectures; ///< one of these; empty: it is not known which
    std::string variant; ///< "4b"; empty: any
    bool isOptional = false;
};

/// What is missing to make a picture with a model: of a base the VAE and the text encoders that it does not bring; of
/// what changes a base, a base, and of an IP-Adapter the encoder of pictures that it was trained on. Nothing for what
/// works by itself. Pure.
[[nodiscard]] std::vector<ModelNeed> missingNeedsOf(const Identification& model);

/// Whether `candidate` can be what `model` needs, and how sure that is; nothing when it is something else.
[[nodiscard]] std::optional<Compatibility> fulfils(
    const Identification& candidate, const ModelNeed& need, const Identification& model);

} // namespace weightroom::engine
