// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/torch_module.h"

#include <torch/torch.h>

#include <cstddef>
#include <optional>
#include <string_view>

namespace weightroom::engine {

/// Nothing for what LibTorch has not.
[[nodiscard]] std::optional<torch::ScalarType> scalarTypeOf(Dtype dtype);

/// The view as a tensor of this shape: LibTorch reads the very memory, which must outlive it. For a GPU's memory
/// openGpuBackend() comes first.
[[nodiscard]] torch::Tensor tensorOf(const TorchTensorView& view, torch::ScalarType type, torch::IntArrayRef shape);

/// Writes the reason, as much of it as there is room for, and answers with what the module's functions answer then.
[[nodiscard]] int failWith(std::string_view reason, char* message, std::size_t messageSize);

} // namespace weightroom::engine
