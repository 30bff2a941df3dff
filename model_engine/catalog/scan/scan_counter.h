// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/scan/folder_walk.h"
#include "model_engine/catalog/scan/scanner.h"

#include <filesystem>
#include <span>
#include <vector>

namespace weightroom::engine {

/// Counts what a scan found: all of it, and below each of the requested directories.
class ScanCounter {
public:
    explicit ScanCounter(std::span<const std::filesystem::path> directories);

    void add(const WalkResult& walk);
    void add(const ModelRecord& model, std::size_t filesRead);
    /// Enters the times, and the sum of all.
    [[nodiscard]] ScanStatistics finish(std::chrono::duration<double> elapsed, Clock::Wall finishedAt);
    [[nodiscard]] std::vector<DirectoryScan> takeDirectories() { return std::move(m_directories); }

private:
    void count(const std::filesystem::path& path, const ScanStatistics& share);

    ScanStatistics m_all;
    std::vector<DirectoryScan> m_directories;
};

} // namespace weightroom::engine
