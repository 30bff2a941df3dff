// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/plan/load_plan.h"
#include "model_engine/loader/precision/precision_plan.h"

#include <vector>

namespace weightroom::engine {

/// Tensors of one type that are loaded in another.
struct PrecisionChange {
    Dtype from = Dtype::Unknown;
    Dtype to = Dtype::Unknown;
    std::uint64_t tensors = 0;
    Bytes before;
    Bytes after;
};

/// Tensors that are loaded as they are stored, for the same reason.
struct KeptTensors {
    KeptBecause reason = KeptBecause::Asked;
    std::uint64_t tensors = 0;
    Bytes size;
};

struct ComponentPrecision {
    ComponentId id;
    ComponentKind kind = ComponentKind::Other;
    PrecisionClass precisionClass = PrecisionClass::Kept;
    std::vector<PrecisionChange> changes; ///< in the order of their types
    std::vector<KeptTensors> kept; ///< in the order of the reasons
    Bytes before; ///< of all tensors, converted or not; alignment aside
    Bytes after;
};

/// What a load would convert and what that saves, before it is carried out (C3). A value: nothing is read for it.
struct PrecisionPreview {
    PrecisionRequest request;
    std::vector<ComponentPrecision> components; ///< in the order of the plan
    Bytes before;
    Bytes after;
};

/// The bytes of a tensor as it is loaded, which it can be: see decidePrecision().
[[nodiscard]] Bytes loadedSize(const TensorEntry& tensor, Dtype loadedType);
[[nodiscard]] ComponentPrecision precisionOfComponent(const PrecisionRequest& request, const Identification& model,
    const ComponentRecord& component, std::span<const TensorEntry> tensors);
[[nodiscard]] PrecisionPreview precisionPreview(const PrecisionRequest& request, const LoadPlan& plan);

} // namespace weightroom::engine
