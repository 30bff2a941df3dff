// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/layout_scope.h"
#include "model_engine/catalog/scan/folder_listing.h"
#include "model_engine/catalog/scan/scanner.h"

#include <functional>
#include <set>
#include <string>

namespace weightroom::engine {

/// A file that a walk found. Its path is a text: a std::filesystem::path keeps each of its parts a second time, and
/// making ten thousand of them took longer than asking for the state of the files.
struct FoundFile {
    std::string path;
    EntryKind kind = EntryKind::None; ///< File, or what only has the name of one
    FileIdentity identity;
};

/// The files in one folder.
struct FolderFiles {
    std::string folder; ///< the text of its path
    std::vector<FoundFile> files; ///< at least one; sorted by path
};

/// What a walk through folders found.
struct WalkResult {
    std::vector<FolderFiles> files; ///< in the order of the folders, each once; a file may have been reached twice
    std::vector<FoundFile> indices; ///< of pipelines and of shards; sorted by path
    std::vector<FolderProblem> problems;
    std::vector<std::filesystem::path> folders; ///< that were read
    LayoutScope layouts; ///< that the folders follow
};

/// Walks the requested folders breadth first. The folders of one wave are listed in parallel; between waves one thread
/// decides what comes next, and links are followed only when no folder of its own right is left. So the result does not
/// depend on which thread was faster, and each folder is read once, whatever links lead to it. In the root of a program
/// (layouts/recognition.h) the program's own folders are left out, and folders that it names elsewhere are added.
class FolderWalk {
public:
    FolderWalk(const ScanRequest& request, unsigned threads, std::stop_token stop);

    /// Called after each folder that was listed, on any of the walk's threads.
    void onListed(std::function<void()> observer) { m_onListed = std::move(observer); }

    /// Errors: Cancelled; that of the first directory when none of those requested could be read, with the details of
    /// all.
    [[nodiscard]] Result<WalkResult> run();

private:
    struct Task {
        std::filesystem::path path;
        NodeId node;
        std::uint32_t depth = 0; ///< 0: a requested directory
    };

    /// What is in a folder, sorted out by the thread that has listed it.
    struct Listed {
        FolderListing rest; ///< folders and indices
        std::vector<FoundFile> files;
    };

    void addRequested();
    void listWave(const std::vector<Task>& wave);
    [[nodiscard]] Result<Listed> list(const Task& task) const;
    void merge(const Task& task, Result<Listed> listed);
    void mergeEntry(const Task& task, const FolderEntry& entry);
    void followLayout(const Task& task, const FolderListing& listing);
    void addNamedFiles();
    void addFolder(Task task, EntryKind kind);
    void followLinks();

    const ScanRequest& m_request;
    NameFilter m_filter;
    unsigned m_threads;
    std::uint32_t m_maximumDepth;
    std::stop_token m_stop;
    std::function<void()> m_onListed;
    std::vector<Task> m_next; ///< the wave that comes
    std::vector<Task> m_links; ///< wait until m_next is empty
    std::set<NodeId> m_claimed; ///< folders that are or will be read
    bool m_readRequested = false; ///< at least one requested directory
    WalkResult m_result;
};

} // namespace weightroom::engine
