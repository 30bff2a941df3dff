// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scanner.h"

#include "model_engine/catalog/examination.h"
#include "model_engine/catalog/folder_walk.h"
#include "model_engine/core/parallel.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <iomanip>
#include <sstream>
#include <unordered_map>

namespace weightroom::engine {
namespace {

/// 1,000 real headers on 2 cores (docs/performance.md): 1 thread 0.28 s cold and 28 ms warm, 2 threads 0.23 s and 22
/// ms, 8 threads 0.20 s and 21 ms. Four have most of it, and leave a slow disk's queue to others.
constexpr unsigned kDefaultThreads = 4;
constexpr unsigned kMostThreads = 64;

constexpr std::chrono::milliseconds kProgressPeriod{50};

/// Problems of the moment and not of the bytes: such a file is looked at again although it has not changed.
bool mayPass(const Error& problem)
{
    constexpr std::array kPassing{ErrorCode::Internal, ErrorCode::NotFound, ErrorCode::PermissionDenied,
        ErrorCode::IoError, ErrorCode::FileChanged, ErrorCode::OutOfHostMemory};
    return std::ranges::find(kPassing, problem.code) != kPassing.end();
}

/// Calls the observer from whichever thread has news, one at a time and 20 times a second at most. A thread that finds
/// another one inside goes on with its work: nobody waits for an observer.
class ProgressGate {
public:
    ProgressGate(const std::function<void(ScanProgress)>& observer, const Clock& clock, std::uint64_t total)
        : m_observer(observer)
        , m_clock(clock)
        , m_total(total)
        , m_last(clock.now())
    {
    }

    void fileDone()
    {
        ++m_done;
        if (!m_observer || m_isInside.test_and_set(std::memory_order_acquire))
            return;
        if (const Clock::Steady now = m_clock.now(); now - m_last >= kProgressPeriod) {
            m_last = now;
            m_observer({m_done, m_total});
        }
        m_isInside.clear(std::memory_order_release);
    }

    /// When all threads have ended.
    void finish() const
    {
        if (m_observer)
            m_observer({m_done, m_total});
    }

private:
    const std::function<void(ScanProgress)>& m_observer;
    const Clock& m_clock;
    std::uint64_t m_total;
    std::atomic<std::uint64_t> m_done{0};
    std::atomic_flag m_isInside;
    Clock::Steady m_last; ///< only touched by the thread inside
};

/// What earlier scans know, by path.
class KnownModels {
public:
    explicit KnownModels(const std::vector<ModelRecordPtr>& models)
    {
        for (const ModelRecordPtr& model : models)
            m_byPath.emplace(model->path.native(), model);
    }

    /// nullptr when the file has to be read.
    [[nodiscard]] ModelRecordPtr unchanged(const FoundModel& found) const
    {
        const auto known = m_byPath.find(found.path.native());
        if (known == m_byPath.end() || known->second->files != found.files)
            return nullptr;
        return known->second->problem && mayPass(*known->second->problem) ? nullptr : known->second;
    }

private:
    std::unordered_map<std::string, ModelRecordPtr> m_byPath;
};

/// The same model where its folder says something else now: a program's root was recognised that was not before.
ModelRecordPtr inItsPlace(ModelRecordPtr known, const FoundModel& found)
{
    if (known->placement == found.placement && (found.name.empty() || known->name == found.name))
        return known;
    ModelRecord moved = *known;
    moved.placement = found.placement;
    moved.name = found.name.empty() ? known->name : found.name;
    return std::make_shared<const ModelRecord>(std::move(moved));
}

/// Reads the headers of the files that a walk found.
class Examiner {
public:
    Examiner(const ScanRequest& request, unsigned threads)
        : m_known(request.known)
        , m_threads(threads)
    {
    }

    [[nodiscard]] std::vector<ModelRecordPtr> run(
        const std::vector<FoundModel>& found, ProgressGate& progress, const std::stop_token& stop)
    {
        std::vector<ModelRecordPtr> models(found.size());
        forEachIndex(found.size(), m_threads, [&](std::size_t i) {
            if (stop.stop_requested())
                return;
            models[i] = examine(found[i]);
            progress.fileDone();
        });
        return models;
    }
    [[nodiscard]] std::uint64_t filesRead() const { return m_filesRead; }

private:
    [[nodiscard]] ModelRecordPtr examine(const FoundModel& found)
    {
        if (ModelRecordPtr known = found.problem ? nullptr : m_known.unchanged(found))
            return inItsPlace(std::move(known), found);
        m_filesRead += found.problem ? 0 : found.files.size();
        return examineModel(found);
    }

    KnownModels m_known;
    unsigned m_threads;
    std::atomic<std::uint64_t> m_filesRead{0};
};

ScanStatistics statisticsOf(
    const WalkResult& walk, const std::vector<FoundModel>& found, const std::vector<ModelRecordPtr>& models)
{
    ScanStatistics statistics;
    statistics.folders = walk.folders;
    statistics.errors = walk.problems.size();
    for (const ModelRecordPtr& model : models)
        statistics.errors += model->isUsable() ? 0 : 1;
    for (const FoundModel& model : found) {
        statistics.files += model.files.size();
        for (const ModelFile& file : model.files)
            statistics.bytes += file.identity.size;
    }
    return statistics;
}

std::string summary(const ScanStatistics& statistics)
{
    std::ostringstream text;
    text << "Scanned " << statistics.folders << " folders: " << statistics.files << " model files, "
         << toText(statistics.bytes) << ", " << statistics.filesRead << " read, " << statistics.errors << " problems, "
         << std::fixed << std::setprecision(3) << statistics.elapsed.count() << " s.";
    return text.str();
}

unsigned threadsFor(const ScanRequest& request)
{
    return request.threads == 0 ? kDefaultThreads : std::min(request.threads, kMostThreads);
}

} // namespace

Result<ScanResult> scan(const ScanRequest& request, const Clock& clock, LogSink& log, std::stop_token stop,
    const std::function<void(ScanProgress)>& progress)
{
    const Clock::Steady begin = clock.now();
    log.write(LogLevel::Info, "Scanning " + std::to_string(request.directories.size()) + " directories for models.");
    auto walk = FolderWalk{request, threadsFor(request), stop}.run();
    if (!walk)
        return fail(std::move(walk).error());

    const std::vector<FoundModel> found = modelsOf(*walk);
    ProgressGate gate{progress, clock, found.size()};
    Examiner examiner{request, threadsFor(request)};
    ScanResult result;
    result.models = examiner.run(found, gate, stop);
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, "the scan was cancelled");
    gate.finish();

    result.statistics = statisticsOf(*walk, found, result.models);
    result.statistics.filesRead = examiner.filesRead();
    result.statistics.elapsed = clock.now() - begin;
    result.statistics.finishedAt = clock.wallTime();
    result.folderProblems = std::move(walk->problems);
    result.outsideDirectories = walk->layouts.outside();
    log.write(LogLevel::Info, summary(result.statistics));
    return result;
}

} // namespace weightroom::engine
