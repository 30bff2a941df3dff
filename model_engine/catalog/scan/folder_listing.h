// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"
#include "model_engine/core/result.h"

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace weightroom::engine {

/// Which file it is, by whatever path it is reached.
struct NodeId {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;

    friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

enum class EntryKind : std::uint8_t {
    None = 0,
    Folder,
    LinkedFolder, ///< a link to a folder
    File, ///< a regular file, perhaps through a link
    Index, ///< a regular file that says which files belong together: model_index.json, ….index.json
    NoFile, ///< a pipe, a device, a link that leads nowhere: has a model's extension and cannot be one
};

struct FolderEntry {
    std::string name; ///< bytes, perhaps not UTF-8
    EntryKind kind = EntryKind::None;
    FileIdentity identity; ///< of the link's target; empty when there is none
};

struct FolderListing {
    std::vector<FolderEntry> entries; ///< sorted by name
    std::optional<Error> problem; ///< reading ended early; the entries before it stand
};

/// What a scan looks for in a folder.
class NameFilter {
public:
    /// `extensions` in lower case with the dot.
    explicit NameFilter(std::vector<std::string> extensions)
        : m_extensions(std::move(extensions))
    {
    }
    [[nodiscard]] bool isModel(std::string_view name) const;
    /// What says which files belong to one model.
    [[nodiscard]] static bool isIndex(std::string_view name);
    /// Hidden, or a download that is still under way.
    [[nodiscard]] static bool isSkipped(std::string_view name);

private:
    std::vector<std::string> m_extensions;
};

/// The folder's node, following a link. Errors: NotFound, PermissionDenied, NotRegularFile when it is no folder.
[[nodiscard]] Result<NodeId> nodeOfFolder(const std::filesystem::path& path);

/// Lists the folders and the wanted files in one folder; files without a model's extension are not even looked at. A
/// folder that is no longer the one that was looked at (`expected`) is FileChanged: it was swapped for a link
/// meanwhile. Errors: FileChanged, NotFound, PermissionDenied, NotRegularFile, IoError, Cancelled.
[[nodiscard]] Result<FolderListing> listFolder(
    const std::filesystem::path& path, NodeId expected, const NameFilter& filter, const std::stop_token& stop);

} // namespace weightroom::engine
