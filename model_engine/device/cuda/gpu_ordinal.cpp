// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/cuda/gpu_ordinal.h"

#include <charconv>
#include <string>

namespace weightroom::engine {

std::int32_t gpuOrdinalOf(const DeviceDescription& device)
{
    if (device.kind != DeviceKind::Cuda)
        return -1;
    std::int32_t ordinal = -1;
    const std::string& id = device.id.text;
    std::from_chars(id.data() + id.find('_') + 1, id.data() + id.size(), ordinal);
    return ordinal;
}

} // namespace weightroom::engine
