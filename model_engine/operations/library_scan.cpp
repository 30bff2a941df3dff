// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/library_scan.h"

#include "model_engine/catalog/model_matching.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace weightroom::engine {
namespace {

using std::filesystem::path;

std::vector<path> normalDirectories(const ScanRequest& request)
{
    std::vector<path> directories;
    for (const path& directory : request.directories)
        directories.push_back(normalFolder(directory));
    return directories;
}

WatchState watchStateOf(const EngineServices& services, const path& directory)
{
    return services.watcher == nullptr ? WatchState{} : services.watcher->stateOf(directory);
}

/// Single files without directories: then no folder is scanned.
bool isFilesOnly(const LibraryScanRequest& request)
{
    return request.scan.directories.empty() && !request.files.empty();
}

/// What the user has chosen for the pipelines that are known. On the engine thread.
void addWantedVariants(ScanRequest& request, const EngineTables& tables)
{
    for (const auto* records : {&request.known, &request.stale}) {
        for (const ModelRecordPtr& record : *records) {
            const auto settings = tables.modelSettings.find(record->id);
            if (settings != tables.modelSettings.end() && !settings->second->weightsVariant.empty())
                request.wantedVariants.try_emplace(record->path, settings->second->weightsVariant);
        }
    }
}

/// What earlier scans know, in this run and before.
void addKnown(ScanRequest& request, EngineServices& services)
{
    loadKeptCatalog(services);
    services.executor.invoke([&] {
        request.known = services.tables.catalog.models();
        for (RememberedModel& model : services.tables.catalog.remembered())
            (model.isStale ? request.stale : request.known).push_back(std::move(model.record));
        addWantedVariants(request, services.tables);
    });
    for (const path& directory : normalDirectories(request))
        request.arriving.merge(watchStateOf(services, directory).arriving);
}

ScanCoverage coverageOf(const ScanRequest& request, const ScanResult& result)
{
    ScanCoverage coverage{.directories = request.directories,
        .maximumDepth = request.includeSubdirectories ? request.maximumDepth : 0,
        .extensions = request.extensions};
    coverage.directories.insert(
        coverage.directories.end(), result.outsideDirectories.begin(), result.outsideDirectories.end());
    return coverage;
}

/// On the engine thread.
bool isFresh(const FreshScan& fresh, const ScanRequest& request, const WatchState& watched, Clock::Steady now)
{
    const bool sameOptions = fresh.extensions == request.extensions
        && fresh.includeSubdirectories == request.includeSubdirectories && fresh.maximumDepth == request.maximumDepth;
    return sameOptions && watched.noticesChanges() && fresh.changes == watched.changes
        && now - fresh.scannedAt < kScanLifetime;
}

/// A watcher that is busy for longer is not worth waiting for.
constexpr std::chrono::milliseconds kLongestCatchUp{500};

bool areAllFresh(EngineServices& services, const ScanRequest& request)
{
    const std::vector<path> directories = normalDirectories(request);
    if (services.watcher == nullptr || !services.watcher->catchUp(directories, kLongestCatchUp))
        return false;
    return services.executor.invoke([&] {
        const auto& scans = services.tables.freshScans;
        return std::ranges::all_of(directories, [&](const path& directory) {
            const auto scan = scans.find(directory);
            return scan != scans.end()
                && isFresh(scan->second, request, watchStateOf(services, directory), services.clock.now());
        });
    });
}

void addTo(ScanStatistics& sum, const ScanStatistics& share)
{
    sum.folders += share.folders;
    sum.files += share.files;
    sum.errors += share.errors;
    sum.bytes += share.bytes;
    // As old as the oldest of them.
    sum.finishedAt = sum.finishedAt == Clock::Wall{} ? share.finishedAt : std::min(sum.finishedAt, share.finishedAt);
}

/// What a scan would find, from the tables.
ScanResult resultFromTables(EngineServices& services, const ScanRequest& request)
{
    ScanResult result;
    ScanCoverage coverage{.directories = normalDirectories(request)};
    services.executor.invoke([&] {
        for (const path& directory : normalDirectories(request)) {
            const DirectoryScan& scan = services.tables.scans[directory];
            addTo(result.statistics, scan.statistics);
            coverage.directories.insert(coverage.directories.end(), scan.outside.begin(), scan.outside.end());
            result.directories.push_back({directory, scan.statistics, scan.outside});
            result.directories.back().statistics.filesRead = 0;
        }
        for (ModelRecordPtr& model : services.tables.catalog.models()) {
            if (isCovered(model->path, coverage))
                result.models.push_back(std::move(model));
        }
        for (const FolderProblem& problem : services.tables.folderProblems) {
            if (isCovered(problem.path, coverage))
                result.folderProblems.push_back(problem);
        }
    });
    return result;
}

/// Single files, whatever their extension, under the ids that they are known by.
void addFiles(const ScanRequest& request, const std::vector<std::string>& paths, ScanResult& result)
{
    std::vector<ModelRecordPtr> models;
    std::vector<FoundModel> found;
    for (const std::string& path : paths) {
        models.push_back(examineFile(std::filesystem::path{path}.lexically_normal()));
        found.push_back({.path = models.back()->path, .files = models.back()->files, .shardIndex = {}, .problem = {}});
    }
    ModelMatcher{request.known, request.stale, found}.giveIds(models);
    for (const ModelRecordPtr& model : models) {
        ++result.statistics.files;
        ++result.statistics.filesRead;
        result.statistics.bytes += model->fileSize();
        result.statistics.errors += model->isUsable() ? 0 : 1;
        result.models.push_back(model);
    }
}

Result<ScanResult> scanWithProgress(EngineServices& services, const ScanRequest& request, JobContext& job)
{
    std::uint64_t reported = 0;
    return scan(request, services.clock, services.log, job.stopToken(), [&](ScanProgress progress) {
        job.setTotal(progress.filesFound);
        job.advance(progress.filesDone - std::exchange(reported, progress.filesDone));
    });
}

/// Changes that were seen before a scan begins: one that comes meanwhile makes it old at once.
using ChangeMarks = std::map<path, std::uint64_t>;

ChangeMarks marksOf(const EngineServices& services, const ScanRequest& request)
{
    ChangeMarks marks;
    for (const path& directory : normalDirectories(request))
        marks[directory] = watchStateOf(services, directory).changes;
    return marks;
}

/// On the engine thread. Problems of folders elsewhere stay.
void replaceProblems(EngineTables& tables, const ScanCoverage& coverage, const ScanResult& result)
{
    std::erase_if(
        tables.folderProblems, [&](const FolderProblem& problem) { return isCovered(problem.path, coverage); });
    for (const FolderProblem& problem : result.folderProblems) {
        std::erase_if(tables.folderProblems, [&](const FolderProblem& known) { return known.path == problem.path; });
        tables.folderProblems.push_back(problem);
    }
}

/// Enters what the scan has found of its directories. Gives the folders elsewhere that they named before and name no
/// longer. On the engine thread.
std::vector<path> enterDirectories(
    EngineServices& services, const ScanRequest& request, const ScanResult& result, const ChangeMarks& marks)
{
    EngineTables& tables = services.tables;
    std::vector<path> before;
    for (const DirectoryScan& directory : result.directories) {
        if (const auto known = tables.scans.find(directory.directory); known != tables.scans.end())
            before.insert(before.end(), known->second.outside.begin(), known->second.outside.end());
        tables.scans.insert_or_assign(directory.directory, directory);
        tables.freshScans.insert_or_assign(directory.directory,
            FreshScan{services.clock.now(), marks.at(directory.directory), request.extensions,
                request.includeSubdirectories, request.maximumDepth});
    }
    return forsakenFolders(tables, before);
}

/// On the engine thread.
void takeOn(
    EngineServices& services, const LibraryScanRequest& request, const ScanResult& result, const ChangeMarks& marks)
{
    EngineTables& tables = services.tables;
    ScanCoverage coverage = coverageOf(request.scan, result);
    for (path& directory : coverage.directories)
        directory = normalFolder(directory);
    if (!isFilesOnly(request)) {
        const std::vector<path> forsaken = enterDirectories(services, request.scan, result, marks);
        coverage.directories.insert(coverage.directories.end(), forsaken.begin(), forsaken.end());
    }
    tables.catalog.replace(coverage, result.models, [&](const ModelId& model) { return tables.isInMemory(model); });
    if (isFilesOnly(request))
        return;
    coverage.extensions.clear(); // folders have none
    replaceProblems(tables, coverage, result);
    tables.lastScan = result.statistics;
}

} // namespace

Result<LibraryScan> scanLibrary(EngineServices& services, LibraryScanRequest request, JobContext& job)
{
    job.setPhase(JobPhase::Scanning);
    addKnown(request.scan, services);
    LibraryScan scanned;
    scanned.result.statistics.finishedAt = services.clock.wallTime();
    const bool mayBeFresh = request.refresh == Refresh::IfNeeded && request.files.empty();
    if (mayBeFresh && !request.scan.directories.empty() && areAllFresh(services, request.scan))
        return LibraryScan{resultFromTables(services, request.scan), true};
    const ChangeMarks marks = marksOf(services, request.scan);
    if (!isFilesOnly(request)) {
        auto result = scanWithProgress(services, request.scan, job);
        if (!result)
            return fail(std::move(result).error());
        scanned.result = std::move(*result);
    }
    addFiles(request.scan, request.files, scanned.result);
    services.executor.invoke([&] {
        takeOn(services, request, scanned.result, marks);
        services.publish();
    });
    watchFolders(services);
    keepCatalog(services);
    return scanned;
}

Watching watchingOf(const EngineServices& services, const path& directory)
{
    return watchStateOf(services, directory).condition.watching;
}

void watchFolders(EngineServices& services)
{
    // Spelled here, because that may wait for the disk; taken on there, so that the newest settings win.
    std::map<path, path> spelled;
    for (const path& folder : services.executor.invoke([&] { return services.tables.settings.modelFolders; }))
        spelled.emplace(folder, normalFolder(folder));
    services.executor.invoke([&] {
        std::vector<WatchedRoot> roots;
        for (const path& folder : services.tables.settings.modelFolders) {
            const auto root = spelled.find(folder);
            if (root == spelled.end())
                continue; // of a change that comes with a call of its own
            const auto scan = services.tables.scans.find(root->second);
            roots.push_back(
                {root->second, scan == services.tables.scans.end() ? std::vector<path>{} : scan->second.outside});
        }
        if (services.watcher != nullptr)
            services.watcher->setRoots(std::move(roots));
    });
}

std::vector<path> forsakenFolders(
    const EngineTables& tables, const std::vector<path>& folders, const std::vector<path>& without)
{
    ScanCoverage named{.directories = tables.settings.modelFolders};
    for (const auto& [directory, scan] : tables.scans) {
        if (std::ranges::find(without, directory) == without.end())
            named.directories.insert(named.directories.end(), scan.outside.begin(), scan.outside.end());
    }
    std::vector<path> forsaken;
    std::ranges::copy_if(
        folders, std::back_inserter(forsaken), [&](const path& folder) { return !isCovered(folder / "model", named); });
    return forsaken;
}

} // namespace weightroom::engine
