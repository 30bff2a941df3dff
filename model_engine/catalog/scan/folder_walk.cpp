// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/folder_walk.h"

#include "model_engine/catalog/scan/path_order.h"
#include "model_engine/core/jobs/parallel.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
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

std::string textOf(const std::filesystem::path& folder, const std::string& name)
{
    return folder.native().ends_with('/') ? folder.native() + name : folder.native() + '/' + name;
}

bool isFolder(const FolderEntry& entry)
{
    return entry.kind == EntryKind::Folder || entry.kind == EntryKind::LinkedFolder;
}

/// All that was found in one folder, of the shares of it.
FolderFiles joined(std::span<FolderFiles> shares)
{
    FolderFiles folder = std::move(shares.front());
    for (FolderFiles& share : shares.subspan(1))
        std::ranges::move(share.files, std::back_inserter(folder.files));
    if (shares.size() > 1)
        std::ranges::sort(folder.files, PathOrder{}, &FoundFile::path);
    return folder;
}

/// Each folder once. Files that a layout names may lie in a folder that was walked through as well.
std::vector<FolderFiles> byFolder(std::vector<FolderFiles> shares)
{
    std::ranges::stable_sort(shares, PathOrder{}, &FolderFiles::folder);
    std::vector<FolderFiles> folders;
    folders.reserve(shares.size());
    for (auto begin = shares.begin(); begin != shares.end();) {
        const auto end =
            std::find_if(begin, shares.end(), [&](const FolderFiles& share) { return share.folder != begin->folder; });
        folders.push_back(joined({begin, end}));
        begin = end;
    }
    return folders;
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
    m_result.files = byFolder(std::move(m_result.files));
    std::ranges::sort(m_result.indices, PathOrder{}, &FoundFile::path);
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
    std::vector<std::optional<Result<Listed>>> all(wave.size());
    forEachIndex(wave.size(), m_threads, [&](std::size_t i) {
        all[i] = list(wave[i]);
        if (m_onListed)
            m_onListed();
    });
    for (std::size_t i = 0; i < wave.size(); ++i)
        merge(wave[i], std::move(*all[i]));
}

Result<FolderWalk::Listed> FolderWalk::list(const Task& task) const
{
    auto listing = listFolder(task.path, task.node, m_filter, m_stop);
    if (!listing)
        return fail(std::move(listing).error());
    Listed listed{.rest = {.entries = {}, .problem = std::move(listing->problem)}, .files = {}};
    for (FolderEntry& entry : listing->entries) {
        const bool isFile = entry.kind == EntryKind::File || entry.kind == EntryKind::NoFile;
        // A folder with the name of a model is a row with its reason, and is looked into like any other.
        if (isFile || (isFolder(entry) && m_filter.isModel(entry.name))) {
            const EntryKind kind = isFile ? entry.kind : EntryKind::NoFile;
            listed.files.push_back({textOf(task.path, entry.name), kind, entry.identity});
        }
        if (!isFile)
            listed.rest.entries.push_back(std::move(entry));
    }
    return listed;
}

void FolderWalk::merge(const Task& task, Result<Listed> listed)
{
    if (!listed) {
        m_result.problems.push_back({task.path, std::move(listed).error()});
        return;
    }
    m_result.folders.push_back(task.path);
    m_readRequested |= task.depth == 0;
    if (listed->rest.problem)
        m_result.problems.push_back({task.path, std::move(*listed->rest.problem)});
    if (!listed->files.empty())
        m_result.files.push_back({task.path.native(), std::move(listed->files)});
    followLayout(task, listed->rest);
    addNamedFiles();
    for (const FolderEntry& entry : listed->rest.entries)
        mergeEntry(task, entry);
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
    for (const std::filesystem::path& file : m_result.layouts.takeFiles()) {
        struct stat status { };
        if (!m_filter.isModel(kFormatOfNamedFiles) || ::stat(file.c_str(), &status) != 0)
            continue;
        const EntryKind kind = S_ISREG(status.st_mode) ? EntryKind::File : EntryKind::NoFile;
        m_result.files.push_back({file.parent_path().native(), {{file.native(), kind, identityOf(status)}}});
    }
}

void FolderWalk::mergeEntry(const Task& task, const FolderEntry& entry)
{
    std::string path = textOf(task.path, entry.name);
    if (isFolder(entry))
        addFolder({std::move(path), {entry.identity.device, entry.identity.inode}, task.depth + 1}, entry.kind);
    else
        m_result.indices.push_back({std::move(path), EntryKind::File, entry.identity});
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
