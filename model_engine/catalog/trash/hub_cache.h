// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <filesystem>
#include <optional>
#include <set>
#include <vector>

namespace weightroom::engine {

/// A revision of a repository in the cache of the Hugging Face hub.
///
///     models--org--name/  blobs/<hash>                       the bytes
///                         snapshots/<revision>/x.safetensors a link to ../../blobs/<hash>
///                         refs/main                          a file that holds <revision>
struct HubRevision {
    std::filesystem::path repository;
    std::filesystem::path snapshot; ///< repository/snapshots/<revision>
};

/// The revision that a path lies in; nothing when it is in no such cache. Goes by names and by the folder "blobs".
[[nodiscard]] std::optional<HubRevision> hubRevisionOf(const std::filesystem::path& path);

/// The blobs that links lead to, and whether anything else leads there too.
struct HubBlobs {
    std::vector<std::filesystem::path> unused; ///< only these links lead to them
    std::vector<std::filesystem::path> shared;
};

/// What becomes of the blobs when these links go; `removed` are links, or folders with links in them. Looks at all
/// snapshots of the repository. Errors: those of listing folders.
[[nodiscard]] Result<HubBlobs> blobsOf(const HubRevision& revision, const std::vector<std::filesystem::path>& removed);

/// The files in "refs" that name the revision.
[[nodiscard]] std::vector<std::filesystem::path> refsOf(const HubRevision& revision);

} // namespace weightroom::engine
