// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/read_back.h"
#include "model_engine/loader/staged_component.h"

namespace weightroom::engine {

/// Whether a tensor lies at `address` of the device as it is loaded: what the cache has is converted once more where it
/// was converted, a block at a time, and compared. On the device's transfer thread. Errors: as ReadBack::holds(), and
/// those of TensorConversion::convert().
[[nodiscard]] Result<bool> holdsAsLoaded(ReadBack& readBack, std::uint64_t address, const StagedTensor& tensor);

} // namespace weightroom::engine
