// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/device.h"

#include <span>
#include <string_view>

namespace weightroom::engine {

/// One promise of Device, as a check that can be run on any device: by the tests, and by `weightroomctl selftest` on
/// the user's own hardware. A check leaves the device as it found it; nothing else may use the device meanwhile.
///
/// Errors of `run`: Unsupported when the device is too small, or too full, for this check: then nothing was checked.
/// VerificationFailed for wrong bytes; Internal for any other broken promise; and what the device itself answers.
struct DeviceCheck {
    std::string_view name; ///< "uploaded_bytes_read_back_equal"
    std::string_view promise; ///< one English sentence
    Result<> (*run)(Device& device);
};

/// All checks, in an order in which simple ones come first.
[[nodiscard]] std::span<const DeviceCheck> deviceChecks();

} // namespace weightroom::engine
