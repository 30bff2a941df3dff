// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/scanner.h"

#include "model_engine/catalog/model_matching.h"
#include "model_engine/catalog/scan/examination.h"
#include "model_engine/catalog/scan/folder_walk.h"
#include "model_engine/catalog/scan/scan_counter.h"
#include "model_engine/core/jobs/parallel.h"

#include <algorithm>
#include <atomic>
#include <iomanip>
#include <sstream>
#include <thread>

namespace weightroom::engine {
namespace {

/// As many as the machine has processors, within these. Four on two cores, because a thread that waits for the disk
/// needs none (docs/performance.md: cold 0.28 s with one thread, 0.23 s with two, 0.20 s with eight). On 16 cores
/// sixteen threads scan 1,000 files whose tensors differ in 49 ms, four in 151 ms; more were not measured.
constexpr unsigned kFewestThreads = 4;
constexpr unsigned kMostChosenThreads = 16;
constexpr unsigned kMostThreads = 64;

constexpr std::chrono::milliseconds kProgressPeriod{50};

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

/// Reads the headers of the files that a walk found, where it has to. What was found of a model is emptied as soon as
/// there is a record of it: the memory of a scan does not grow beside its result.
class Examiner {
public:
    Examiner(const ScanRequest& request, std::vector<FoundModel>& found, unsigned threads)
        : m_request(request)
        , m_matcher(request.known, request.stale, found)
        , m_found(found)
        , m_threads(threads)
        , m_filesRead(found.size())
    {
    }

    [[nodiscard]] std::vector<ModelRecordPtr> run(ProgressGate& progress, const std::stop_token& stop)
    {
        std::vector<ModelRecordPtr> models(m_found.size());
        forEachIndex(m_found.size(), m_threads, [&](std::size_t i) {
            if (stop.stop_requested())
                return;
            models[i] = examine(i);
            m_found[i] = {};
            progress.fileDone();
        });
        if (!stop.stop_requested())
            m_matcher.giveIds(models);
        return models;
    }
    /// How many files of each model were opened.
    [[nodiscard]] const std::vector<std::size_t>& filesRead() const { return m_filesRead; }

private:
    [[nodiscard]] ModelRecordPtr examine(std::size_t number)
    {
        const FoundModel& found = m_found[number];
        if (auto problem = arrivingProblem(found)) {
            FoundModel unread = found;
            unread.problem = std::move(problem);
            return examineModel(unread);
        }
        if (ModelRecordPtr known = m_matcher.recordOf(number))
            return known;
        m_filesRead[number] = found.problem ? 0 : found.files.size();
        return examineModel(found, &m_memo);
    }

    /// nullptr when nobody writes to it.
    [[nodiscard]] std::shared_ptr<const Error> arrivingProblem(const FoundModel& found) const
    {
        const auto isArriving = [this](const FoundPart& file) { return m_request.arriving.contains(file.path); };
        const auto file =
            m_request.arriving.empty() ? found.files.end() : std::ranges::find_if(found.files, isArriving);
        if (file == found.files.end())
            return nullptr;
        return std::make_shared<const Error>(
            Error{ErrorCode::FileArriving, "'" + file->path + "' is still being written", {.path = file->path}});
    }

    const ScanRequest& m_request;
    ModelMatcher m_matcher;
    std::vector<FoundModel>& m_found; ///< each emptied by the thread that has the model
    unsigned m_threads;
    TableMemo m_memo; ///< of this scan
    std::vector<std::size_t> m_filesRead; ///< each written by the thread that has the model
};

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
    if (request.threads != 0)
        return std::min(request.threads, kMostThreads);
    return std::clamp(std::thread::hardware_concurrency(), kFewestThreads, kMostChosenThreads);
}

} // namespace

Result<ScanResult> scan(const ScanRequest& request, const Clock& clock, LogSink& log, std::stop_token stop,
    const std::function<void(ScanProgress)>& progress)
{
    const Clock::Steady begin = clock.now();
    log.write(LogLevel::Info, "Scanning " + std::to_string(request.directories.size()) + " directories for models.");
    const unsigned threads = threadsFor(request);
    auto walk = FolderWalk{request, threads, stop}.run();
    if (!walk)
        return fail(std::move(walk).error());

    const LayoutScope layouts = walk->layouts; // the walk goes into the models
    ScanResult result;
    result.folderProblems = walk->problems;
    result.outsideDirectories = layouts.outside();
    ScanCounter counter{request.directories};
    counter.add(*walk);
    const KnownIndices indices = walk->indices.empty() ? KnownIndices{} : KnownIndices{request.known};
    std::vector<FoundModel> found = modelsOf(std::move(*walk), indices, request.wantedVariants, threads);
    ProgressGate gate{progress, clock, found.size()};
    Examiner examiner{request, found, threads};
    result.models = examiner.run(gate, stop);
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, "the scan was cancelled");
    gate.finish();

    for (std::size_t i = 0; i < found.size(); ++i)
        counter.add(*result.models[i], examiner.filesRead()[i]);
    result.statistics = counter.finish(clock.now() - begin, clock.wallTime());
    result.directories = counter.takeDirectories();
    for (DirectoryScan& directory : result.directories)
        directory.outside = layouts.outsideOf(directory.directory);
    log.write(LogLevel::Info, summary(result.statistics));
    return result;
}

} // namespace weightroom::engine
