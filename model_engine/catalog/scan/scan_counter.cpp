// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/scan_counter.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace weightroom::engine {
namespace {

void addTo(ScanStatistics& sum, const ScanStatistics& share)
{
    sum.folders += share.folders;
    sum.files += share.files;
    sum.filesRead += share.filesRead;
    sum.errors += share.errors;
    sum.bytes += share.bytes;
}

/// Or the directory itself; both are spelled as normalFolder() does.
bool isBelow(std::string_view path, std::string_view directory)
{
    if (!path.starts_with(directory))
        return false;
    return path.size() == directory.size() || directory.ends_with('/') || path[directory.size()] == '/';
}

std::ptrdiff_t depthOf(const std::filesystem::path& path) { return std::distance(path.begin(), path.end()); }

} // namespace

ScanCounter::ScanCounter(std::span<const std::filesystem::path> directories)
{
    for (const std::filesystem::path& directory : directories) {
        std::filesystem::path normal = normalFolder(directory);
        if (std::ranges::find(m_directories, normal, &DirectoryScan::directory) == m_directories.end())
            m_directories.push_back({std::move(normal), {}});
    }
}

void ScanCounter::count(const std::filesystem::path& path, const ScanStatistics& share)
{
    addTo(m_all, share);
    DirectoryScan* inner = nullptr;
    for (DirectoryScan& scan : m_directories) {
        const bool isInner = inner == nullptr || depthOf(scan.directory) > depthOf(inner->directory);
        if (isInner && isBelow(path.native(), scan.directory.native()))
            inner = &scan;
    }
    if (inner != nullptr)
        addTo(inner->statistics, share);
}

void ScanCounter::add(const WalkResult& walk)
{
    for (const std::filesystem::path& folder : walk.folders)
        count(folder, {.folders = 1});
    for (const FolderProblem& problem : walk.problems)
        count(problem.path, {.errors = 1});
}

void ScanCounter::add(const ModelRecord& model, std::size_t filesRead)
{
    count(model.path,
        {.files = model.files.size(),
            .filesRead = filesRead,
            .errors = model.isUsable() ? 0U : 1U,
            .bytes = model.fileSize()});
}

ScanStatistics ScanCounter::finish(std::chrono::duration<double> elapsed, Clock::Wall finishedAt)
{
    for (DirectoryScan& scan : m_directories) {
        scan.statistics.elapsed = elapsed;
        scan.statistics.finishedAt = finishedAt;
    }
    m_all.elapsed = elapsed;
    m_all.finishedAt = finishedAt;
    return m_all;
}

} // namespace weightroom::engine
