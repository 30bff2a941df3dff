// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/conversion.h"
#include "model_engine/catalog/conversion/conversion_plan.h"

namespace weightroom::engine {

/// The type in which a tensor will stand in a safetensors file. With a precision, floating-point numbers get it; what
/// is none, or none that can be computed with (fp4, complex), stays. Without one only what safetensors cannot hold is
/// changed: quantised blocks of GGUF become fp16. Errors: Unsupported, naming the tensor.
[[nodiscard]] Result<Dtype> outputDtype(const TensorEntry& entry, const std::optional<Dtype>& precision);

/// A safetensors file of all tensors of a model under their own names. `sourceName` is that of its file.
/// Errors: Unsupported.
[[nodiscard]] Result<ConversionPlan> planSingleFile(
    const TensorIndex& index, const ConversionRequest& request, std::string_view sourceName);

/// Wider types first, otherwise as they are: elements of every type lie aligned in a mapped file.
void sortByAlignment(std::vector<OutputTensor>& tensors);

} // namespace weightroom::engine
