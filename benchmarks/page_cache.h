// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <filesystem>
#include <limits>

namespace weightroom::benchmarks {

/// Drops a file from the page cache and checks with mincore that it is gone: only then is a read "cold". Below a
/// virtual machine the host may still hold the blocks; nothing inside can tell. Errors: those of opening the file;
/// IoError when pages stayed (another process has the file mapped, or it is dirty). `checked`: how much of the file,
/// from its beginning, is looked at; all of it is dropped.
[[nodiscard]] engine::Result<> makeCold(const std::filesystem::path& file,
    engine::Bytes checked = engine::Bytes{std::numeric_limits<std::uint64_t>::max()});

/// Reads the file once, so that it is in the page cache where there is room for it. Errors: those of opening and
/// reading.
[[nodiscard]] engine::Result<> makeWarm(const std::filesystem::path& file);

} // namespace weightroom::benchmarks
