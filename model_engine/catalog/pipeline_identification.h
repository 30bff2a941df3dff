// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

namespace weightroom::engine {

/// As identify(), for the index of a diffusers pipeline, whose names begin with the folder of their component: each
/// component is identified by itself, and the diffusion model among them decides what the pipeline is. A component
/// that no rule knows ("safety_checker") keeps the name of its folder.
[[nodiscard]] Identification identifyPipeline(const TensorIndex& index);

} // namespace weightroom::engine
