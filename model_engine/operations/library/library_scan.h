// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"

#include <string>
#include <vector>

namespace weightroom::engine {

/// How long a scan stands for the folder it scanned, when nobody saw a change there (D6).
inline constexpr std::chrono::minutes kScanLifetime{30};

enum class Refresh : std::uint8_t {
    Unknown = 0,
    Always,
    IfNeeded, ///< not when all directories are watched and were scanned with the same options since the last change
};

/// What an operation wants to have looked at.
struct LibraryScanRequest {
    ScanRequest scan; ///< `known`, `stale` and `arriving` are filled in
    std::vector<std::string> files{}; ///< single files, whatever their extension
    Refresh refresh = Refresh::Always;
};

/// What a scan has changed in the catalogue.
struct ModelChanges {
    std::uint64_t added = 0;
    std::uint64_t changed = 0; ///< other files, another path, or another reason why it cannot be used
    std::uint64_t removed = 0;
};

struct LibraryScan {
    ScanResult result;
    ModelChanges changes{};
    bool isFromCache = false; ///< nothing was looked at: the result is what the tables have
};

/// Scans, takes the result into the catalogue, publishes it and keeps it for the next run. A directory whose file
/// system does not answer (FolderWatcher) is not waited for: it is a folder problem, and the result has what is known
/// of it. Errors: those of scan(); NotAnswering when no directory is left.
[[nodiscard]] Result<LibraryScan> scanLibrary(EngineServices& services, LibraryScanRequest request, JobContext& job);

/// How changes below a directory are noticed; `directory` as normalFolder() spells it.
[[nodiscard]] Watching watchingOf(const EngineServices& services, const std::filesystem::path& directory);

/// Has the configured folders watched, as they are now, and what their last scans have found them to name elsewhere.
/// Does nothing in an engine that does not watch. Not on the engine thread.
void watchFolders(EngineServices& services);

/// Those of some folders elsewhere that no configured folder holds and no scan has found named, but for the scans of
/// `without`: nobody leads to them any more. On the engine thread.
[[nodiscard]] std::vector<std::filesystem::path> forsakenFolders(const EngineTables& tables,
    const std::vector<std::filesystem::path>& folders, const std::vector<std::filesystem::path>& without = {});

} // namespace weightroom::engine
