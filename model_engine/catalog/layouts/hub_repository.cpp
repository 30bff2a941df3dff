// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/hub_repository.h"

#include "model_engine/catalog/metadata/value_readers.h"
#include "model_engine/core/files/file.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModelsPrefix = "models--";
constexpr std::string_view kSeparator = "--";
constexpr std::size_t kShownRevision = 8;

bool isFolder(const fs::path& path)
{
    std::error_code unknown;
    return fs::is_directory(path, unknown);
}

/// A revision becomes a part of a path: nothing that leads elsewhere.
bool isPlainName(const std::string& name)
{
    return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos;
}

/// Empty when it is not there or no name.
std::string mainReference(const fs::path& folder)
{
    const auto text = readSmallFile(folder / "refs" / "main", kKiB);
    std::string revision{text ? trimmed(*text) : std::string_view{}};
    return isPlainName(revision) && isFolder(folder / "snapshots" / revision) ? revision : std::string{};
}

std::string newestSnapshot(const fs::path& snapshots)
{
    std::string newest;
    fs::file_time_type newestTime = fs::file_time_type::min();
    std::error_code failed;
    fs::directory_iterator entry{snapshots, failed};
    for (; !failed && entry != fs::directory_iterator{}; entry.increment(failed)) {
        std::error_code unknown;
        const fs::file_time_type time = entry->last_write_time(unknown);
        std::string name = entry->path().filename().string();
        if (unknown || !isPlainName(name) || !entry->is_directory(unknown))
            continue;
        if (newest.empty() || std::pair{time, name} > std::pair{newestTime, newest}) {
            newest = std::move(name);
            newestTime = time;
        }
    }
    return newest;
}

/// What follows "snapshots/<revision>", its iterator and the end.
fs::path belowSnapshot(const HubRepository& repository, const fs::path& path)
{
    const fs::path relative = path.lexically_relative(repository.folder / "snapshots");
    fs::path below;
    for (auto name = relative.begin(); name != relative.end(); ++name) {
        if (name != relative.begin())
            below /= *name;
    }
    return below;
}

} // namespace

std::optional<std::string> hubRepositoryName(std::string_view folderName)
{
    if (!folderName.starts_with(kModelsPrefix) || folderName.size() == kModelsPrefix.size())
        return std::nullopt;
    std::string name{folderName.substr(kModelsPrefix.size())};
    for (std::size_t at = name.find(kSeparator); at != std::string::npos; at = name.find(kSeparator, at + 1))
        name.replace(at, kSeparator.size(), "/");
    return name;
}

bool isHubRepository(const fs::path& folder)
{
    return hubRepositoryName(folder.filename().string()).has_value() && isFolder(folder / "snapshots");
}

std::optional<HubRepository> readHubRepository(const fs::path& folder)
{
    if (!isHubRepository(folder))
        return std::nullopt;
    HubRepository repository{folder, *hubRepositoryName(folder.filename().string()), mainReference(folder)};
    if (repository.mainRevision.empty())
        repository.mainRevision = newestSnapshot(folder / "snapshots");
    return repository;
}

std::string revisionOf(const HubRepository& repository, const fs::path& path)
{
    const fs::path relative = path.lexically_relative(repository.folder / "snapshots");
    const std::string revision = relative.empty() ? std::string{} : relative.begin()->string();
    return revision == "." || revision == ".." ? std::string{} : revision;
}

std::string hubModelName(const HubRepository& repository, const fs::path& model)
{
    const std::string revision = revisionOf(repository, model);
    std::string name = repository.name;
    if (revision != repository.mainRevision)
        name += "@" + revision.substr(0, kShownRevision);
    const fs::path below = belowSnapshot(repository, model);
    if (!below.empty())
        name += "/" + (below.parent_path() / below.stem()).string();
    return name;
}

} // namespace weightroom::engine
