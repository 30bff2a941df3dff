// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/result.h"
#include "model_engine/formats/tensor_index.h"

#include <set>
#include <vector>

namespace weightroom::engine {

/// One component of a plan.
struct PlannedComponent {
    ComponentRecord record;
    std::vector<TensorEntry> tensors; ///< in file order
    std::vector<std::size_t> ordinals; ///< of each of them: how many tensors lie before it in its file
    Bytes size; ///< sum over the tensors, as they lie in memory: one element behind the other
    Bytes placedSize; ///< with the alignment that every tensor gets in memory
};

/// Components that depend on nothing in a later batch; they are read and copied in parallel.
struct PlannedBatch {
    std::vector<PlannedComponent> components;
};

/// What a load will do, as a value: nothing is taken and no byte moves while it is made, and carrying it out reads
/// nothing but it (C5).
struct LoadPlan {
    ModelRecordPtr model;
    std::vector<PlannedBatch> batches;
    Bytes size; ///< bytes of all tensors
    Bytes placedSize; ///< what the memory needs, alignment included

    [[nodiscard]] std::size_t componentCount() const;
};

/// Makes the plan from a model's record and the index of its file.
/// `wanted`: the components to load; empty: all of the model. `present`: those that are there already and are left out.
/// Errors: ModelUnusable, ComponentNotFound, FileChanged (the index does not hold what the record says).
[[nodiscard]] Result<LoadPlan> planLoad(ModelRecordPtr model, const TensorIndex& index,
    const std::set<ComponentId>& wanted, const std::set<ComponentId>& present);

} // namespace weightroom::engine
