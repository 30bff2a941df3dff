// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/weightroomctl/selftest/self_test.h"
#include "model_engine/device/device.h"

namespace weightroom::ctl {

/// Tensors are left alone in slabs of the device, are brought together, and must have their bytes and take less memory
/// then. Skipped where the device has no room for it.
[[nodiscard]] SelfTestRow checkCompaction(engine::Device& device, engine::LogSink& log);

} // namespace weightroom::ctl
