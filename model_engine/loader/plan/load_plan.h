// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/result.h"
#include "model_engine/formats/tensor_index.h"
#include "model_engine/loader/precision/precision_plan.h"

#include <map>
#include <set>
#include <vector>

namespace weightroom::engine {

/// One component of a plan.
struct PlannedComponent {
    ComponentRecord record;
    std::vector<TensorEntry> tensors; ///< in file order
    std::vector<std::size_t> ordinals; ///< of each of them: how many tensors lie before it in its file
    std::vector<Dtype> loadedTypes; ///< of each of them, on the device; in the cache it is as it is stored
    Bytes size; ///< sum over the tensors, as they lie in the cache: one element behind the other
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
    std::set<ComponentId> present; ///< that were wanted and are there already
    Bytes size; ///< bytes of all tensors

    [[nodiscard]] std::size_t componentCount() const;
};

/// What lies on a device: of each component the types of its tensors, in the order of the file.
using PresentComponents = std::map<ComponentId, std::vector<Dtype>>;

/// What of a model is to be loaded.
struct LoadSelection {
    std::set<ComponentId> wanted{}; ///< empty: all components
    PresentComponents present{}; ///< left out where they have the types that the precision asks for
    PrecisionRequest precision = kAsStored;
};

/// Makes the plan from a model's record and the index of its file. Errors: ModelUnusable, ComponentNotFound,
/// FileChanged (the index does not hold what the record says).
[[nodiscard]] Result<LoadPlan> planLoad(ModelRecordPtr model, const TensorIndex& index, const LoadSelection& selection);

} // namespace weightroom::engine
