// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/trash/hub_cache.h"

#include "model_engine/core/files/file.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;
using fs::path;

/// A ref holds the 40 digits of a revision.
constexpr Bytes kLargestRef = kKiB * 4;

Error listingError(const std::error_code& error, const path& folder)
{
    return systemError(error.value(), "list the folder", folder);
}

bool isAtOrBelow(const path& inner, const path& outer)
{
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

/// The blob that a link leads to; nothing for what is no link into the repository's blobs.
std::optional<path> blobOf(const path& link, const path& blobs)
{
    std::error_code error;
    const path target = fs::read_symlink(link, error);
    if (error)
        return std::nullopt;
    path blob = (target.is_absolute() ? target : link.parent_path() / target).lexically_normal();
    return blob.parent_path() == blobs ? std::optional(std::move(blob)) : std::nullopt;
}

bool isRemoved(const path& link, const std::vector<path>& removed)
{
    return std::ranges::any_of(removed, [&](const path& gone) { return isAtOrBelow(link, gone); });
}

} // namespace

std::optional<HubRevision> hubRevisionOf(const path& file)
{
    for (path at = file; at.has_relative_path(); at = at.parent_path()) {
        const path folder = at.parent_path();
        const path repository = folder.parent_path();
        std::error_code ignored;
        if (folder.filename() == "snapshots" && repository.filename().native().find("--") != std::string::npos
            && fs::is_directory(repository / "blobs", ignored))
            return HubRevision{repository, at};
    }
    return std::nullopt;
}

Result<HubBlobs> blobsOf(const HubRevision& revision, const std::vector<path>& removed)
{
    const path snapshots = revision.repository / "snapshots";
    const path blobs = (revision.repository / "blobs").lexically_normal();
    std::set<path> leaving;
    std::set<path> staying;
    std::error_code error;
    fs::recursive_directory_iterator entry{snapshots, error};
    for (; !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
        if (auto blob = blobOf(entry->path(), blobs))
            (isRemoved(entry->path(), removed) ? leaving : staying).insert(std::move(*blob));
    }
    if (error)
        return fail(listingError(error, snapshots));
    HubBlobs result;
    std::ranges::set_difference(leaving, staying, std::back_inserter(result.unused));
    std::ranges::set_intersection(leaving, staying, std::back_inserter(result.shared));
    return result;
}

std::vector<path> refsOf(const HubRevision& revision)
{
    std::vector<path> refs;
    std::error_code error;
    fs::recursive_directory_iterator entry{revision.repository / "refs", error};
    for (; !error && entry != fs::recursive_directory_iterator{}; entry.increment(error)) {
        const auto content = readSmallFile(entry->path(), kLargestRef);
        if (content && content->starts_with(revision.snapshot.filename().native()))
            refs.push_back(entry->path());
    }
    return refs;
}

} // namespace weightroom::engine
