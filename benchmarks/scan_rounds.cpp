// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/scan_rounds.h"

#include "benchmarks/page_cache.h"
#include "benchmarks/scan_library.h"
#include "benchmarks/scan_peers.h"
#include "model_engine/catalog/scanner.h"
#include "model_engine/core/file.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <malloc.h>
#include <string>

namespace weightroom::benchmarks {
namespace {

using engine::fail;
using engine::Result;

/// Longer than the longest header that is written.
constexpr engine::Bytes kCheckedBeginning = engine::kMiB;

/// A line of /proc/self/status in bytes: "VmHWM", "VmRSS".
double memoryFigure(std::string_view name)
{
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(name))
            return std::stod(line.substr(line.find(':') + 1)) * 1024;
    }
    return 0;
}

/// The highest use of memory is counted from here on.
void resetPeak()
{
    ::malloc_trim(0);
    std::ofstream{"/proc/self/clear_refs"} << "5";
}

class ScanRounds {
public:
    explicit ScanRounds(const ScanBenchmarkRequest& request)
        : m_request(request)
    {
    }

    Result<ScanBenchmarkResult> run()
    {
        if (auto made = makeLibraries(); !made)
            return fail(std::move(made).error());
        const std::array<std::function<Result<>()>, 4> steps{[this] { return measureCold(); },
            [this] { return measureWarm(); }, [this] { return measureRescan(); }, [this] { return measureMemory(); }};
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
    [[nodiscard]] std::filesystem::path realFolder() const { return m_request.folder / "models"; }
    [[nodiscard]] std::filesystem::path smallFolder() const { return m_request.folder / "unchanged"; }

    Result<> makeLibraries()
    {
        auto models = makeScanLibrary(realFolder(), m_request.models);
        if (!models)
            return fail(std::move(models).error());
        auto unchanged = makeSmallLibrary(smallFolder(), m_request.unchanged);
        if (!unchanged)
            return fail(std::move(unchanged).error());
        m_files = std::move(*models);
        m_result.models = m_files.size();
        m_result.unchanged = unchanged->size();
        return {};
    }

    Result<> dropAll() const
    {
        for (const std::filesystem::path& file : m_files) {
            if (auto cold = makeCold(file, kCheckedBeginning); !cold)
                return cold;
        }
        return {};
    }

    Result<engine::ScanResult> scanFolders(
        std::vector<std::filesystem::path> folders, std::vector<engine::ModelRecordPtr> known) const
    {
        engine::NullLog log;
        engine::ScanRequest request;
        request.directories = std::move(folders);
        request.threads = m_request.threads;
        request.known = std::move(known);
        return engine::scan(request, m_clock, log, {}, {});
    }

    Result<double> scanSeconds() const
    {
        const auto begin = m_clock.now();
        const auto result = scanFolders({realFolder()}, {});
        const double seconds = std::chrono::duration<double>(m_clock.now() - begin).count();
        if (!result)
            return fail(result.error());
        if (result->models.size() != m_files.size() || result->statistics.errors != 0)
            return fail(engine::ErrorCode::Internal, "the scan did not find what was written");
        return seconds;
    }

    Result<> measureCold()
    {
        if (auto cold = dropAll(); !cold)
            return cold;
        const auto bare = readHeadersBarely(m_files);
        if (auto cold = dropAll(); !bare || !cold)
            return fail(bare ? cold.error() : bare.error());
        const auto scanned = scanSeconds();
        return note(bare, scanned, m_result.bareCold, m_result.scanCold, m_result.scanToBareCold);
    }

    Result<> measureWarm()
    {
        if (const auto warmed = readHeadersBarely(m_files); !warmed)
            return fail(warmed.error());
        const auto bare = readHeadersBarely(m_files);
        const auto scanned = scanSeconds();
        if (auto noted = note(bare, scanned, m_result.bareWarm, m_result.scanWarm, m_result.scanToBareWarm); !noted)
            return noted;
        const auto parsed = parseHeadersBarely(m_files);
        if (auto noted = note(parsed, scanned, m_result.parseWarm, m_ignored, m_result.scanToParseWarm); !noted)
            return noted;
        if (m_request.python.empty())
            return {};
        const auto peer = readWithSafeOpen(m_request.python, realFolder());
        return note(scanned, peer, m_ignored, m_result.safeOpenWarm, m_result.safeOpenToScan);
    }

    Result<> measureRescan()
    {
        const auto first = scanFolders({smallFolder()}, {});
        if (!first)
            return fail(first.error());
        const auto walked = walkWithStat(smallFolder());
        const auto begin = m_clock.now();
        const auto again = scanFolders({smallFolder()}, first->models);
        const double seconds = std::chrono::duration<double>(m_clock.now() - begin).count();
        if (!again)
            return fail(again.error());
        if (again->statistics.filesRead != 0)
            return fail(engine::ErrorCode::Internal, "the rescan read files that had not changed");
        return note(walked, Result<double>{seconds}, m_result.statWalk, m_result.rescan, m_result.rescanToWalk);
    }

    /// The memory that a scan takes beside its result must not grow with the number of files.
    Result<> measureMemory()
    {
        const std::size_t folders = (m_files.size() + 99) / 100;
        for (const bool isWhole : {false, true}) {
            std::vector<std::filesystem::path> part;
            for (std::size_t i = 0; i < (isWhole ? folders : (folders + 1) / 2); ++i)
                part.push_back(m_files[i * 100].parent_path());
            resetPeak();
            const double before = memoryFigure("VmRSS");
            const auto result = scanFolders(part, {});
            if (!result)
                return fail(result.error());
            const double peak = memoryFigure("VmHWM");
            ::malloc_trim(0);
            const double after = memoryFigure("VmRSS");
            (isWhole ? m_result.peakWhole : m_result.peakHalf).add(std::max(0.0, peak - after));
            if (isWhole)
                m_result.keptPerModel.add(std::max(0.0, after - before) / static_cast<double>(result->models.size()));
        }
        return {};
    }

    static Result<> note(
        const Result<double>& limit, const Result<double>& ours, Spread& limits, Spread& times, Spread& ratios)
    {
        if (!limit || !ours)
            return fail(limit ? ours.error() : limit.error());
        limits.add(*limit);
        times.add(*ours);
        ratios.add(*ours / *limit);
        return {};
    }

    const ScanBenchmarkRequest& m_request;
    const engine::SystemClock m_clock;
    std::vector<std::filesystem::path> m_files;
    Spread m_ignored;
    ScanBenchmarkResult m_result;
};

} // namespace

Result<ScanBenchmarkResult> runScanRounds(const ScanBenchmarkRequest& request) { return ScanRounds{request}.run(); }

} // namespace weightroom::benchmarks
