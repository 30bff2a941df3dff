// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/device.h"

#include <span>
#include <string_view>

namespace weightroom::engine {

/// One promise of Device, as a check that can be run on any device: by the tests, and by `weightroomctl selftest` on
/// the user's own hardware. A check leaves the device as it found it.
struct DeviceCheck {
    std::string_view name; ///< "uploaded_bytes_read_back_equal"
    std::string_view promise; ///< one English sentence
    Result<> (*run)(Device& device);
};

/// All checks, in an order in which simple ones come first.
[[nodiscard]] std::span<const DeviceCheck> deviceChecks();

} // namespace weightroom::engine
