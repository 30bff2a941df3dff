// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <limits>

namespace weightroom::engine {

/// Drops a file from the page cache and checks with mincore that it is gone: only then is a read "cold". Below a
/// virtual machine the host may still hold the blocks; nothing inside can tell. Errors: those of opening the file;
/// IoError when pages stayed (another process has the file mapped, or the user may not write to it, for which the
/// kernel says of every page that it is there); Unsupported where the file system does not let ask. `checked`: how much
/// of the file, from its beginning, is looked at; all of it is dropped. Blocks while dirty pages are written.
[[nodiscard]] Result<> makeCold(
    const std::filesystem::path& file, Bytes checked = Bytes{std::numeric_limits<std::uint64_t>::max()});

/// Reads a file once, and checks that all of it is in the page cache then. Errors: those of opening and reading;
/// OutOfHostMemory, with its size, where not all of it has stayed there; Unsupported as above.
[[nodiscard]] Result<> makeWarm(const std::filesystem::path& file);

} // namespace weightroom::engine
