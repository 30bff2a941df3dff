// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/compatibility/compatibility.h"

namespace weightroom::engine {

/// Whether an IP-Adapter was trained on what this encoder of pictures gives. What the adapter takes shows in the width
/// of its first layer, which is in its variant ("plus-vit-h") and in its evidence. Pure.
[[nodiscard]] Compatibility featuresFor(const Identification& adapter, const Identification& encoder);

/// Whether an IP-Adapter takes what an encoder of pictures gives; one for faces alone does not.
[[nodiscard]] bool takesVisionFeatures(const Identification& adapter);

/// The encoder whose features an IP-Adapter takes; Unknown when it shows none.
[[nodiscard]] Architecture visionEncoderOf(const Identification& adapter);

} // namespace weightroom::engine
