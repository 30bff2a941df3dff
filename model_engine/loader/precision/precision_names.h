// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/architecture.h"
#include "model_engine/formats/tensor_index.h"

#include <string_view>

namespace weightroom::engine {

/// Whether fp8 is for this tensor: a matrix or the kernel of a convolution, and none of those that diffusers' layerwise
/// casting and published fp8 files keep at 16 bits: normalisations, embeddings of any kind (positions, time, patches,
/// tokens), the first and the last layer.
[[nodiscard]] bool mayBeFp8(const TensorEntry& tensor);

/// Whether the reference implementation keeps this tensor in fp32, whatever the rest of the model is in: the time
/// embedding of video models and what it is added to. They are small.
[[nodiscard]] bool staysWide(Architecture architecture, std::string_view name);

} // namespace weightroom::engine
