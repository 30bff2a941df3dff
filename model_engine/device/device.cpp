// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/device.h"

#include <array>

namespace weightroom::engine {

std::string_view toText(DeviceKind kind)
{
    static constexpr std::array<std::string_view, 3> kNames{"unknown", "host", "cuda"};
    return kNames[static_cast<std::size_t>(kind)];
}

} // namespace weightroom::engine
