// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace weightroom::engine {

/// The SHA-256 of a file of the Hugging Face hub's cache, which is the name of its blob: the file is a link from
/// `snapshots/<revision>/` into the `blobs/` of its repository. Follows the link and reads nothing. Empty for any other
/// file, and for small ones, whose blobs have the name of a git object (40 digits).
[[nodiscard]] std::string hubBlobSha256(const std::filesystem::path& file);

} // namespace weightroom::engine
