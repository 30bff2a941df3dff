// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/weightroomctl/selftest/self_test.h"
#include "model_engine/device/device.h"

namespace weightroom::ctl {

/// LibTorch reads a tensor in the device's memory, in place, and must count its NaNs and Infs and find its sum.
/// Skipped, with the reason, where the LibTorch module is not installed.
[[nodiscard]] SelfTestRow checkTorch(engine::Device& device);

} // namespace weightroom::ctl
