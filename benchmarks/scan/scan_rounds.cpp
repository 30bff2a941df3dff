// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/scan/scan_rounds.h"

#include "benchmarks/scan/scan_library.h"
#include "benchmarks/scan/scan_memory.h"
#include "benchmarks/scan/scan_peers.h"
#include "model_engine/benchmark/limits/page_cache.h"
#include "model_engine/catalog/scan/scanner.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <functional>

namespace weightroom::benchmarks {
namespace {

using engine::fail;
using engine::Result;
using Seconds = Result<double>;

/// Longer than the longest header that is written.
constexpr engine::Bytes kCheckedBeginning = engine::kMiB;

/// Parts of a library, to see whether the memory of a scan grows.
constexpr std::array<std::size_t, 4> kMemoryOf{500, 1000, 2000, 4000};

/// Adds one round of two figures and their ratio.
Result<> note(const Seconds& limit, const Seconds& ours, Spread& limits, Spread& times, Spread& ratios)
{
    if (!limit || !ours)
        return fail(limit ? ours.error() : limit.error());
    limits.add(*limit);
    times.add(*ours);
    ratios.add(*ours / *limit);
    return {};
}

Result<engine::ScanResult> scanFolder(
    const std::filesystem::path& folder, unsigned threads, std::vector<engine::ModelRecordPtr> known)
{
    const engine::SystemClock clock;
    engine::NullLog log;
    engine::ScanRequest request;
    request.directories = {folder};
    request.threads = threads;
    request.known = std::move(known);
    return engine::scan(request, clock, log, {}, {});
}

/// The rounds of one library of real headers.
class FirstScanRounds {
public:
    FirstScanRounds(const ScanBenchmarkRequest& request, std::filesystem::path folder, TensorTables tables,
        FirstScanFigures& figures)
        : m_request(request)
        , m_folder(std::move(folder))
        , m_tables(tables)
        , m_figures(figures)
    {
    }

    Result<> makeLibrary()
    {
        auto library = makeScanLibrary(m_folder, m_request.models, m_tables);
        if (!library)
            return fail(std::move(library).error());
        m_files = std::move(library->files);
        m_figures.models = m_files.size();
        m_figures.tables = library->tables;
        return {};
    }

    Result<> measureCold()
    {
        if (auto cold = dropAll(); !cold)
            return cold;
        const Seconds bare = readHeadersBarely(m_files);
        if (auto cold = dropAll(); !bare || !cold)
            return fail(bare ? cold.error() : bare.error());
        const Seconds scanned = scanSeconds();
        if (auto noted = note(bare, scanned, m_figures.bareCold, m_figures.scanCold, m_figures.scanToBareCold); !noted)
            return noted;
        if (auto cold = dropAll(); !cold)
            return cold;
        return measureInvoke(*scanned, m_figures.invokeCold, m_figures.scanToInvokeCold);
    }

    Result<> measureWarm()
    {
        if (const Seconds warmed = readHeadersBarely(m_files); !warmed)
            return fail(warmed.error());
        const Seconds bare = readHeadersBarely(m_files);
        const Seconds scanned = scanSeconds();
        if (auto noted = note(bare, scanned, m_figures.bareWarm, m_figures.scanWarm, m_figures.scanToBareWarm); !noted)
            return noted;
        const Seconds parsed = parseHeadersBarely(m_files);
        if (auto noted = note(parsed, scanned, m_figures.parseWarm, m_ignored, m_figures.scanToParseWarm); !noted)
            return noted;
        if (!m_request.python.empty()) {
            const Seconds peer = readWithSafeOpen(m_request.python, m_folder);
            if (auto noted = note(scanned, peer, m_ignored, m_figures.safeOpenWarm, m_figures.safeOpenToScan); !noted)
                return noted;
        }
        return measureInvoke(*scanned, m_figures.invokeWarm, m_figures.scanToInvokeWarm);
    }

private:
    Result<> dropAll() const
    {
        for (const std::filesystem::path& file : m_files) {
            if (auto cold = engine::makeCold(file, kCheckedBeginning); !cold)
                return cold;
        }
        return {};
    }

    Seconds scanSeconds() const
    {
        const auto begin = std::chrono::steady_clock::now();
        const auto result = scanFolder(m_folder, m_request.threads, {});
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        if (!result)
            return fail(result.error());
        if (result->models.size() != m_files.size() || result->statistics.errors != 0)
            return fail(engine::ErrorCode::Internal, "the scan did not find what was written");
        return seconds;
    }

    /// A few files of one library: it takes much longer, and looks at each as if there were no other.
    Result<> measureInvoke(double scanned, Spread& times, Spread& ratios)
    {
        constexpr std::size_t kFiles = 6;
        if (m_request.invokePython.empty() || m_tables != TensorTables::Shared)
            return {};
        const Seconds peer = classifyWithInvoke(m_request.invokePython, m_folder, kFiles);
        const double ours = scanned / static_cast<double>(m_files.size());
        return note(peer, ours, times, m_ignored, ratios);
    }

    const ScanBenchmarkRequest& m_request;
    std::filesystem::path m_folder;
    TensorTables m_tables;
    FirstScanFigures& m_figures;
    std::vector<std::filesystem::path> m_files;
    Spread m_ignored;
};

class ScanRounds {
public:
    explicit ScanRounds(const ScanBenchmarkRequest& request)
        : m_request(request)
        , m_shared(m_request, request.folder / "shared", TensorTables::Shared, m_result.shared)
        , m_distinct(m_request, request.folder / "distinct", TensorTables::Distinct, m_result.distinct)
    {
    }

    Result<ScanBenchmarkResult> run()
    {
        if (auto made = makeLibraries(); !made)
            return fail(std::move(made).error());
        const std::array<std::function<Result<>()>, 6> steps{[this] { return m_shared.measureCold(); },
            [this] { return m_shared.measureWarm(); }, [this] { return m_distinct.measureCold(); },
            [this] { return m_distinct.measureWarm(); }, [this] { return measureRescan(); },
            [this] { return measureMemory(); }};
        for (unsigned round = 0; round < m_request.rounds; ++round) {
            std::fprintf(stderr, "round %u of %u\n", round + 1, m_request.rounds);
            for (const auto& step : steps) {
                if (auto done = step(); !done)
                    return fail(std::move(done).error());
            }
        }
        return m_result;
    }

private:
    [[nodiscard]] std::filesystem::path memoryFolder() const { return m_request.folder / "memory"; }
    [[nodiscard]] std::filesystem::path smallFolder() const { return m_request.folder / "unchanged"; }

    Result<> makeLibraries()
    {
        if (auto made = m_shared.makeLibrary(); !made)
            return made;
        if (auto made = m_distinct.makeLibrary(); !made)
            return made;
        if (auto made = makeScanLibrary(memoryFolder(), kMemoryOf.back(), TensorTables::Distinct); !made)
            return fail(std::move(made).error());
        auto unchanged = makeSmallLibrary(smallFolder(), m_request.unchanged);
        if (!unchanged)
            return fail(std::move(unchanged).error());
        m_result.unchanged = unchanged->files.size();
        for (const std::size_t models : kMemoryOf)
            m_result.memory.push_back({models, {}, {}});
        return {};
    }

    Result<> measureRescan()
    {
        const auto first = scanFolder(smallFolder(), m_request.threads, {});
        if (!first)
            return fail(first.error());
        const Seconds walked = walkWithStat(smallFolder());
        const auto begin = std::chrono::steady_clock::now();
        const auto again = scanFolder(smallFolder(), m_request.threads, first->models);
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        if (!again)
            return fail(again.error());
        if (again->statistics.filesRead != 0)
            return fail(engine::ErrorCode::Internal, "the rescan read files that had not changed");
        return note(walked, seconds, m_result.statWalk, m_result.rescan, m_result.rescanToWalk);
    }

    Result<> measureMemory()
    {
        for (MemoryFigures& figures : m_result.memory) {
            const auto memory = scanMemoryOfChild(memoryFolder(), figures.models);
            if (!memory)
                return fail(memory.error());
            figures.beside.add(memory->beside);
            figures.keptPerModel.add(memory->kept / static_cast<double>(figures.models));
        }
        return {};
    }

    ScanBenchmarkRequest m_request;
    ScanBenchmarkResult m_result;
    FirstScanRounds m_shared;
    FirstScanRounds m_distinct;
};

} // namespace

Result<ScanBenchmarkResult> runScanRounds(const ScanBenchmarkRequest& request) { return ScanRounds{request}.run(); }

} // namespace weightroom::benchmarks
