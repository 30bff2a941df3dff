// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <stop_token>

namespace weightroom::engine {

/// Bytes per second at which the beginning of `file` (up to 1 GiB) comes from its disk, past the page cache.
/// Errors: those of opening the file; Unsupported when it is too small to say something, or its file system has no
/// direct reads (then a measurement would tell about the cache); IoError; Cancelled.
[[nodiscard]] Result<double> measureDiskRead(
    const std::filesystem::path& file, const Clock& clock, const std::stop_token& stop);

} // namespace weightroom::engine
