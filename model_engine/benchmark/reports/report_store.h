// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_report.h"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weightroom::engine {

/// What a list shows of a report.
struct ReportHead {
    struct Model {
        BenchmarkModel model;
        std::optional<double> wholeSeconds; ///< median of the whole load; absent where it was not measured
    };
    BenchmarkId id;
    Clock::Wall startedAt{};
    BenchmarkEnd end = BenchmarkEnd::Unknown;
    BenchmarkSettings settings;
    BenchmarkMachine machine;
    std::vector<Model> models;
};
[[nodiscard]] ReportHead headOf(const BenchmarkReport& report);
[[nodiscard]] Json toJson(const ReportHead& head);

/// A file of the store.
struct StoredReport {
    BenchmarkId id;
    Result<ReportHead> head; ///< or why the file cannot be used: those of ReportStore::load()
};

/// What else was done when a report was saved.
struct ReportRemoval {
    std::vector<BenchmarkId> removed; ///< reports that went to keep to ReportStore::kMost, the oldest first
    std::optional<Error> problem; ///< why one of them could not go; the report is saved nevertheless
};

/// The reports of benchmarks, each a JSON file of the name "<id>.json" in one folder. Files of other names are neither
/// listed nor touched. Has no state of its own: any thread, several processes at once. Reads and writes files, and a
/// list reads all of them (some 20 KB each): not for the engine thread.
class ReportStore {
public:
    /// Reports that are kept. With one more the oldest others go, by the time in their ids, whether they can be read or
    /// not.
    static constexpr std::size_t kMost = 500;

    /// `folder`: need not be there, "benchmarks" in the user's data folder. Empty: nothing can be kept. `most`: for
    /// tests.
    explicit ReportStore(std::filesystem::path folder, std::size_t most = kMost);

    /// Keeps a report, whole or not at all. Errors: InvalidValue for one that could not be read again (id, limits,
    /// kLargestReport); AlreadyExists for an id that is there; Unsupported without a folder; DiskFull, PermissionDenied
    /// and other errors of writing.
    [[nodiscard]] Result<ReportRemoval> save(const BenchmarkReport& report) const;

    /// The newest first. A folder that is not there has none. Errors: those of reading the folder.
    [[nodiscard]] Result<std::vector<StoredReport>> list() const;

    /// Errors: BenchmarkNotFound, also for what is no id; those of reading the file and of readBenchmarkReport(), with
    /// the path.
    [[nodiscard]] Result<BenchmarkReport> load(const BenchmarkId& id) const;

    /// Errors: BenchmarkNotFound; those of the system.
    [[nodiscard]] Result<> remove(const BenchmarkId& id) const;

private:
    [[nodiscard]] std::filesystem::path fileOf(const BenchmarkId& id) const;
    [[nodiscard]] Result<std::vector<BenchmarkId>> ids() const; ///< ascending
    [[nodiscard]] ReportRemoval removeOldestBeside(const BenchmarkId& saved) const;

    const std::filesystem::path m_folder;
    const std::size_t m_most;
};

} // namespace weightroom::engine
