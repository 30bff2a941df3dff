// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// A model repository in the cache of the Hugging Face hub:
///
///     models--org--name/
///         blobs/<hash>                     the bytes; names without an extension
///         refs/main                        the name of a snapshot
///         snapshots/<revision>/…           the files by their names, links into blobs/
struct HubRepository {
    std::filesystem::path folder;
    std::string name; ///< "org/name"
    std::string mainRevision; ///< the snapshot that stands for the repository; empty when there is none
};

/// "org/name" of "models--org--name"; nothing for any other name.
[[nodiscard]] std::optional<std::string> hubRepositoryName(std::string_view folderName);

/// Whether a folder has the name of a repository and the snapshots of one.
[[nodiscard]] bool isHubRepository(const std::filesystem::path& folder);

/// Reads which snapshot is the main one: that of refs/main, or else the newest one. Nothing when `folder` is not a
/// repository.
[[nodiscard]] std::optional<HubRepository> readHubRepository(const std::filesystem::path& folder);

/// The revision whose snapshot a path below the repository lies in; empty when it lies elsewhere.
[[nodiscard]] std::string revisionOf(const HubRepository& repository, const std::filesystem::path& path);

/// How a model of a repository is shown: "org/name", and what follows the snapshot in its path without the extension; a
/// snapshot beside the main one has the beginning of its revision in it: "org/name@1a2b3c4d/unet/model".
[[nodiscard]] std::string hubModelName(const HubRepository& repository, const std::filesystem::path& model);

} // namespace weightroom::engine
