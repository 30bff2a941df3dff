// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/device.h"

#include <cstdint>

namespace weightroom::engine {

/// The number by which CUDA's libraries know the GPU: that of "GPU_0". -1 for a host device.
[[nodiscard]] std::int32_t gpuOrdinalOf(const DeviceDescription& device);

} // namespace weightroom::engine
