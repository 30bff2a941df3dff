// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/sign_of_life.h"
#include "model_engine/core/result.h"

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

/// A number that differs when a scan of the folders would find something else: over names, sizes and times of the model
/// files below them. For where nobody tells of changes. Does not follow what configuration names elsewhere. What cannot
/// be read counts as empty. Waits for the disk, or for the network. Errors: Cancelled; NotFound, PermissionDenied,
/// NotRegularFile or IoError when none of the folders could be read.
[[nodiscard]] Result<std::uint64_t> fingerprintOf(
    const std::vector<std::filesystem::path>& folders, const SignOfLife& sign, const std::stop_token& stop);

} // namespace weightroom::engine
