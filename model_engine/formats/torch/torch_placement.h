// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/torch/torch_content.h"

#include <span>

namespace weightroom::engine {

/// Puts what a pickle describes where it is in the file: `places` holds the range of each storage. What is returned is
/// checked: each storage has exactly the bytes that its type and number of elements take, names are unique, and all
/// tensors together are not much larger than the file, however often they share or repeat its bytes.
/// Errors: InvalidFormat.
[[nodiscard]] Result<TensorIndex> placeTensors(
    TorchContent content, std::span<const ByteRange> places, FileFormat format, Bytes fileSize);

} // namespace weightroom::engine
