// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/layout.h"
#include "model_engine/catalog/model_record.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/result.h"
#include "model_engine/core/system/log.h"

#include <functional>
#include <map>
#include <set>
#include <stop_token>

namespace weightroom::engine {

/// What to scan (D2). The request is the whole input: nothing else is looked at while the scan runs.
struct ScanRequest {
    std::vector<std::filesystem::path> directories;
    bool includeSubdirectories = true;
    /// Lower case, with the dot; compared case-folded. Other programs write files named .bin and .pt too: those are
    /// listed with what they are as the reason.
    std::vector<std::string> extensions{".safetensors", ".sft", ".gguf", ".ckpt", ".pt", ".pth", ".bin"};
    std::uint32_t maximumDepth = 16; ///< folders below a directory; 0: only its own files
    unsigned threads = 0; ///< 0: chosen from the measurement in scanner.cpp
    /// From earlier scans, gone ones too: a file with an unchanged identity is not opened again, and a model keeps its
    /// id where its files go (ModelMatcher).
    std::vector<ModelRecordPtr> known;
    /// Files that somebody is writing: they are listed as that, and not opened.
    std::set<std::filesystem::path> arriving;
    std::map<std::filesystem::path, std::string> wantedVariants{}; ///< of the weights of pipelines, by their folders
    std::vector<ModelRecordPtr> stale; ///< as known, but read by other rules: they keep their ids and are read again
    /// Ignored: folders that a program's configuration names elsewhere are not scanned.
    LayoutConfiguration configuration = LayoutConfiguration::Followed;
};

struct ScanStatistics {
    std::uint64_t folders = 0;
    std::uint64_t files = 0; ///< of all models; variants that a pipeline does not use are not counted
    std::uint64_t filesRead = 0; ///< of these, opened in this scan
    std::uint64_t errors = 0; ///< files and folders that are listed with a reason
    Bytes bytes{}; ///< size of all model files on disk
    std::chrono::duration<double> elapsed{};
    Clock::Wall finishedAt{};
};

/// A folder that could not be read. It is counted and reported; the scan goes on (D7).
struct FolderProblem {
    std::filesystem::path path;
    Error error;
};

/// What a scan found below one of the requested directories. What lies below two of them is counted with the inner one.
struct DirectoryScan {
    std::filesystem::path directory; ///< as normalFolder() spells it
    ScanStatistics statistics; ///< the times are those of the whole scan
    std::vector<std::filesystem::path> outside{}; ///< folders elsewhere that its layouts name
};

struct ScanResult {
    std::vector<ModelRecordPtr> models; ///< sorted by path; broken files included, with their reason
    std::vector<FolderProblem> folderProblems;
    std::vector<std::filesystem::path> outsideDirectories; ///< that the layouts of the requested ones name, elsewhere
    ScanStatistics statistics;
    std::vector<DirectoryScan> directories; ///< each once, in the order of the request
};

struct ScanProgress {
    std::uint64_t filesDone = 0; ///< models, to be exact: a pipeline of many files is one
    std::uint64_t filesFound = 0;
};

/// How a folder, or a path that a person named, is spelled in the paths of models: absolute, without "." and without a
/// slash at its end. ".." is resolved on the disk, since a link may stand before it.
[[nodiscard]] std::filesystem::path normalFolder(const std::filesystem::path& folder);

/// Scans folders in parallel, headers only; of many files whose tensors are described by the same bytes, one is parsed
/// (TableMemo). Follows links to folders with loop protection; the same file reached twice (device, inode) is one
/// model. A broken file is one record with its reason. Blocks the caller; reads on threads of its own. `progress` may
/// be called from any of them, one at a time. Errors: Cancelled; NotFound, PermissionDenied or NotRegularFile only when
/// *no* requested directory could be read; the detail names each.
[[nodiscard]] Result<ScanResult> scan(const ScanRequest& request, const Clock& clock, LogSink& log,
    std::stop_token stop, const std::function<void(ScanProgress)>& progress);

/// Looks at one file: never fails, the reason stands in the record's problem. Its id is that of a model nobody knows.
[[nodiscard]] ModelRecordPtr examineFile(const std::filesystem::path& path);

} // namespace weightroom::engine
