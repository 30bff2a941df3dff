// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/blueprints/tensor_blueprint.h"

namespace weightroom::engine {

/// The releases of Flux.1: schnell has no guidance input, fill sees the masked image and its mask, control a second
/// image.
enum class FluxRelease : std::uint8_t { Schnell, Dev, Fill, Control };

/// The transformer with the names of black-forest-labs/flux.
[[nodiscard]] Blueprint fluxTransformer(FluxRelease release, Dtype dtype);

} // namespace weightroom::engine
