// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folder_walk.h"

#include "model_engine/catalog/path_order.h"
#include "model_engine/core/parallel.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <sys/stat.h>
#include <utility>

namespace weightroom::engine {
namespace {

/// Ollama's blobs are GGUF: a scan that looks for other formats alone leaves them out.
constexpr std::string_view kFormatOfNamedFiles = ".gguf";

/// How many folders deep a folder of a layout lies below its root; one that lies elsewhere counts as directly below.
std::uint32_t levelsBelow(const std::filesystem::path& root, const std::filesystem::path& folder)
{
    const std::filesystem::path relative = folder.lexically_relative(root);
    if (relative.empty() || *relative.begin() == "..")
        return 1;
    return static_cast<std::uint32_t>(std::distance(relative.begin(), relative.end()));
}

/// Each made from one text: a path that grows by a part copies all the parts that it has.
std::vector<std::filesystem::path> pathsBelow(
    const std::filesystem::path& folder, const std::vector<FolderEntry>& entries)
{
    const std::string text = folder.native().ends_with('/') ? folder.native() : folder.native() + '/';
    std::vector<std::filesystem::path> paths;
    paths.reserve(entries.size());
    for (const FolderEntry& entry : entries)
        paths.emplace_back(text + entry.name);
    return paths;
}

/// Listings are sorted: where files lie in folders of one depth, so is all of it.
void sortByPath(std::vector<FoundFile>& files)
{
    if (!std::ranges::is_sorted(files, PathOrder{}, &FoundFile::path))
        std::ranges::sort(files, PathOrder{}, &FoundFile::path);
}

/// The error of the first folder, with the reasons of all: each is named.
Error errorOfAll(const std::vector<FolderProblem>& problems)
{
    Error error = problems.front().error;
    for (auto problem = problems.begin() + 1; problem != problems.end(); ++problem)
        error.detail += "; " + problem->error.detail;
    return error;
}

} // namespace

std::filesystem::path normalFolder(const std::filesystem::path& folder)
{
    std::error_code failed;
    std::filesystem::path path = std::filesystem::absolute(folder, failed);
    if (!failed && std::ranges::find(path, "..") != path.end())
        path = std::filesystem::weakly_canonical(path, failed);
    path = (failed ? folder : path).lexically_normal();
    return path.has_filename() ? path : path.parent_path();
}

FolderWalk::FolderWalk(const ScanRequest& request, unsigned threads, std::stop_token stop)
    : m_request(request)
    , m_filter(request.extensions)
    , m_threads(threads)
    , m_maximumDepth(request.includeSubdirectories ? request.maximumDepth : 0)
    , m_stop(std::move(stop))
{
}

Result<WalkResult> FolderWalk::run()
{
    addRequested();
    while (!m_next.empty() && !m_stop.stop_requested()) {
        listWave(std::exchange(m_next, {}));
        if (m_next.empty())
            followLinks();
    }
    if (m_stop.stop_requested())
        return fail(ErrorCode::Cancelled, "the scan was cancelled");
    if (!m_readRequested && !m_result.problems.empty())
        return fail(errorOfAll(m_result.problems));
    const std::vector<FolderProblem>& ofLayouts = m_result.layouts.problems();
    m_result.problems.insert(m_result.problems.end(), ofLayouts.begin(), ofLayouts.end());
    sortByPath(m_result.files);
    sortByPath(m_result.indices);
    return std::move(m_result);
}

void FolderWalk::addRequested()
{
    for (const std::filesystem::path& directory : m_request.directories) {
        const std::filesystem::path path = normalFolder(directory);
        auto node = nodeOfFolder(path);
        m_result.layouts.addRequested(path);
        if (!node)
            m_result.problems.push_back({path, std::move(node).error()});
        else if (m_claimed.insert(*node).second)
            m_next.push_back({path, *node, 0});
    }
}

void FolderWalk::listWave(const std::vector<Task>& wave)
{
    std::vector<std::optional<Result<FolderListing>>> listings(wave.size());
    std::vector<std::vector<std::filesystem::path>> paths(wave.size()); // of the entries
    forEachIndex(wave.size(), m_threads, [&](std::size_t i) {
        const Result<FolderListing>& listing =
            listings[i].emplace(listFolder(wave[i].path, wave[i].node, m_filter, m_stop));
        if (listing)
            paths[i] = pathsBelow(wave[i].path, listing->entries);
        if (m_onListed)
            m_onListed();
    });
    for (std::size_t i = 0; i < wave.size(); ++i)
        merge(wave[i], std::move(*listings[i]), std::move(paths[i]));
}

void FolderWalk::merge(const Task& task, Result<FolderListing> listing, std::vector<std::filesystem::path> paths)
{
    if (!listing) {
        m_result.problems.push_back({task.path, std::move(listing).error()});
        return;
    }
    m_result.folders.push_back(task.path);
    m_readRequested |= task.depth == 0;
    if (listing->problem)
        m_result.problems.push_back({task.path, std::move(*listing->problem)});
    followLayout(task, *listing);
    addNamedFiles();
    for (std::size_t i = 0; i < paths.size(); ++i)
        mergeEntry(task, listing->entries[i], std::move(paths[i]));
}

void FolderWalk::followLayout(const Task& task, const FolderListing& listing)
{
    for (const std::filesystem::path& folder : m_result.layouts.enter(task.path, listing, m_request.configuration)) {
        std::error_code unknown;
        const bool isLink = std::filesystem::is_symlink(folder, unknown);
        if (auto node = nodeOfFolder(folder))
            addFolder({folder, *node, task.depth + levelsBelow(task.path, folder)},
                isLink ? EntryKind::LinkedFolder : EntryKind::Folder);
    }
}

/// Files without a model's extension that a layout knows to be models; what they are, their content says.
void FolderWalk::addNamedFiles()
{
    for (std::filesystem::path& file : m_result.layouts.takeFiles()) {
        struct stat status { };
        if (!m_filter.isModel(kFormatOfNamedFiles) || ::stat(file.c_str(), &status) != 0)
            continue;
        m_result.files.push_back(
            {std::move(file), S_ISREG(status.st_mode) ? EntryKind::File : EntryKind::NoFile, identityOf(status)});
    }
}

void FolderWalk::mergeEntry(const Task& task, const FolderEntry& entry, std::filesystem::path path)
{
    if (entry.kind == EntryKind::Index) {
        m_result.indices.push_back({std::move(path), EntryKind::File, entry.identity});
        return;
    }
    const bool isFolder = entry.kind == EntryKind::Folder || entry.kind == EntryKind::LinkedFolder;
    if (!isFolder) {
        m_result.files.push_back({std::move(path), entry.kind, entry.identity});
        return;
    }
    // A folder with the name of a model is a row with its reason, and is looked into like any other.
    if (m_filter.isModel(entry.name))
        m_result.files.push_back({path, EntryKind::NoFile, entry.identity});
    addFolder({std::move(path), {entry.identity.device, entry.identity.inode}, task.depth + 1}, entry.kind);
}

void FolderWalk::addFolder(Task task, EntryKind kind)
{
    if (task.depth > m_maximumDepth || m_result.layouts.isSkipped(task.path))
        return;
    if (kind == EntryKind::LinkedFolder)
        m_links.push_back(std::move(task));
    else if (m_claimed.insert(task.node).second)
        m_next.push_back(std::move(task));
}

void FolderWalk::followLinks()
{
    std::ranges::sort(m_links, {}, &Task::path);
    for (Task& link : std::exchange(m_links, {})) {
        if (m_claimed.insert(link.node).second)
            m_next.push_back(std::move(link));
    }
}

} // namespace weightroom::engine
