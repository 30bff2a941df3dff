// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <span>

namespace weightroom::engine {

/// What the loader knows about a kind of component (C4).
struct ComponentTraits {
    ComponentKind kind;
    /// Kinds that are loaded in an earlier batch when the plan has them: a LoRA patches the UNet and the encoders, a
    /// ControlNet copies the UNet's shape, an adapter adds to its layers.
    std::span<const ComponentKind> after;
    /// Within a batch the larger rank comes later. Encoders first: they are the first that a pipeline runs.
    int rank;
};

/// The row of a kind; that of Other for a value that is none of them.
[[nodiscard]] const ComponentTraits& traitsOf(ComponentKind kind);

} // namespace weightroom::engine
