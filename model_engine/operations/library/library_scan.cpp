// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/library/library_scan.h"

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

Error silenceOf(const path& directory)
{
    return {ErrorCode::NotAnswering,
        "the file system of '" + directory.string() + "' does not answer; what is known of its models stays",
        {.path = directory.string()}};
}

/// What a scan leaves out because it would wait for it, perhaps for ever.
struct SilentFolders {
    std::vector<path> directories; ///< that were asked for
    std::vector<path> outside; ///< that the others name elsewhere
};

/// Takes out of the request what does not answer. What a directory names elsewhere is not gone to then.
SilentFolders takeOutSilent(const EngineServices& services, ScanRequest& request)
{
    SilentFolders silent;
    std::erase_if(request.directories, [&](const path& directory) {
        const path root = normalFolder(directory);
        const WatchState watched = watchStateOf(services, root);
        const bool isSilent = watched.condition.watching == Watching::NotAnswering;
        if (isSilent)
            silent.directories.push_back(root);
        for (const OutsideWatch& outside : watched.outside) {
            if (!isSilent && outside.condition.watching == Watching::NotAnswering)
                std::ranges::copy(outside.folders, std::back_inserter(silent.outside));
        }
        return isSilent;
    });
    if (!silent.outside.empty())
        request.configuration = LayoutConfiguration::Ignored;
    return silent;
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
            const auto scan = services.tables.scans.find(directory);
            if (scan == services.tables.scans.end())
                continue;
            const std::vector<path>& outside = scan->second.outside;
            addTo(result.statistics, scan->second.statistics);
            coverage.directories.insert(coverage.directories.end(), outside.begin(), outside.end());
            result.directories.push_back({directory, scan->second.statistics, outside});
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
        found.push_back(foundAt(models.back()->path, models.back()->files));
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
    const bool isWhole = request.configuration == LayoutConfiguration::Followed;
    for (DirectoryScan directory : result.directories) {
        const auto known = tables.scans.find(directory.directory);
        const std::vector<path> named = known == tables.scans.end() ? std::vector<path>{} : known->second.outside;
        if (isWhole)
            before.insert(before.end(), named.begin(), named.end());
        else
            directory.outside = named;
        tables.scans.insert_or_assign(directory.directory, directory);
        tables.freshScans.erase(directory.directory);
        if (!isWhole)
            continue;
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

bool isSameModel(const ModelRecord& before, const ModelRecord& after)
{
    const auto codeOf = [](const ModelRecord& model) {
        return model.problem ? model.problem->code : ErrorCode::Unknown;
    };
    return before.path == after.path && codeOf(before) == codeOf(after)
        && std::ranges::equal(before.files, after.files, {}, &ModelFile::identity, &ModelFile::identity);
}

ModelChanges changesBetween(const std::vector<ModelRecordPtr>& before, const std::vector<ModelRecordPtr>& after)
{
    std::map<ModelId, ModelRecordPtr> known;
    for (const ModelRecordPtr& model : before)
        known.emplace(model->id, model);
    ModelChanges changes;
    for (const ModelRecordPtr& model : after) {
        const auto earlier = known.extract(model->id);
        if (earlier.empty())
            ++changes.added;
        else if (earlier.mapped() != model && !isSameModel(*earlier.mapped(), *model))
            ++changes.changed;
    }
    changes.removed = known.size();
    return changes;
}

Result<LibraryScan> scanOrRecall(EngineServices& services, const LibraryScanRequest& request, JobContext& job)
{
    const bool mayBeFresh = request.refresh == Refresh::IfNeeded && request.files.empty();
    if (mayBeFresh && !request.scan.directories.empty() && areAllFresh(services, request.scan))
        return LibraryScan{.result = resultFromTables(services, request.scan), .changes = {}, .isFromCache = true};
    LibraryScan scanned;
    scanned.result.statistics.finishedAt = services.clock.wallTime();
    const ChangeMarks marks = marksOf(services, request.scan);
    if (!isFilesOnly(request)) {
        auto result = scanWithProgress(services, request.scan, job);
        if (!result)
            return fail(std::move(result).error());
        scanned.result = std::move(*result);
    }
    addFiles(request.scan, request.files, scanned.result);
    services.executor.invoke([&] {
        const std::vector<ModelRecordPtr> before = services.tables.catalog.models();
        takeOn(services, request, scanned.result, marks);
        scanned.changes = changesBetween(before, services.tables.catalog.models());
        services.publish();
    });
    watchFolders(services);
    keepCatalog(services);
    return scanned;
}

/// What is known of folders that were left out.
void addSilent(EngineServices& services, const SilentFolders& silent, ScanResult& result)
{
    ScanRequest request;
    request.directories = silent.directories;
    ScanResult known = resultFromTables(services, request);
    request.directories = silent.outside;
    ScanResult knownOutside = resultFromTables(services, request);
    std::ranges::move(known.models, std::back_inserter(result.models));
    std::ranges::move(knownOutside.models, std::back_inserter(result.models));
    std::ranges::move(known.directories, std::back_inserter(result.directories));
    for (const std::vector<path>& folders : {silent.directories, silent.outside}) {
        for (const path& folder : folders)
            result.folderProblems.push_back({folder, silenceOf(folder)});
    }
}

} // namespace

Result<LibraryScan> scanLibrary(EngineServices& services, LibraryScanRequest request, JobContext& job)
{
    job.setPhase(JobPhase::Scanning);
    const SilentFolders silent = takeOutSilent(services, request.scan);
    if (!silent.directories.empty() && request.scan.directories.empty() && request.files.empty())
        return fail(silenceOf(silent.directories.front()));
    addKnown(request.scan, services);
    auto scanned = scanOrRecall(services, request, job);
    if (scanned)
        addSilent(services, silent, scanned->result);
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
        services.tables.spelledFolders = std::move(spelled);
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
