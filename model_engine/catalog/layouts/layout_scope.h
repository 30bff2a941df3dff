// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/recognition.h"
#include "model_engine/catalog/scan/folder_listing.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// Whether a file is named as a VAE that is paired with a checkpoint, and lies beside it: "model.vae.pt".
[[nodiscard]] bool isPairedVae(std::string_view model);

/// What the layouts that a walk meets say about it: which folders it leaves out, which more it goes into, and where its
/// models have their place. Used by the one thread that decides where a walk goes next; when the walk has ended, many
/// threads may ask about models. These are asked for by the texts of their paths.
class LayoutScope {
public:
    /// A directory that somebody asked for. Names of folders above it say nothing about its models.
    void addRequested(const std::filesystem::path& directory);

    /// Looks whether a folder that was listed is the root of a layout; reads more only when the names in it may be
    /// those of one, or when it was requested. Gives the folders with models that a walk below it would not come to.
    [[nodiscard]] std::vector<std::filesystem::path> enter(
        const std::filesystem::path& folder, const FolderListing& listing, LayoutConfiguration configuration);

    /// Files that are models although their names do not say so; each once, since the last call.
    [[nodiscard]] std::vector<std::filesystem::path> takeFiles() { return std::exchange(m_files, {}); }

    [[nodiscard]] bool isSkipped(const std::filesystem::path& folder) const;

    /// Where the models in a folder lie, by its path.
    [[nodiscard]] Placement placementIn(std::string_view folder) const;
    /// The name that its program shows, or that of its repository in a Hugging Face cache; empty: its file's.
    [[nodiscard]] std::string shownNameOf(std::string_view model) const;
    /// Whether it counts only when it is not found elsewhere too: it lies in a snapshot beside the main one.
    [[nodiscard]] bool isSecondChoice(std::string_view model) const;

    [[nodiscard]] const std::vector<FolderProblem>& problems() const { return m_problems; }
    /// Folders outside of the requested ones that layouts name; sorted, each once.
    [[nodiscard]] std::vector<std::filesystem::path> outside() const;
    /// Those of them that lead back to one requested directory.
    [[nodiscard]] std::vector<std::filesystem::path> outsideOf(const std::filesystem::path& requested) const;

private:
    /// Lets a part of a path be looked for without a copy of it.
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template <class Value>
    using ByPath = std::unordered_map<std::string, Value, TextHash, std::equal_to<>>;
    using Paths = std::unordered_set<std::string, TextHash, std::equal_to<>>;

    struct Place {
        LibraryLayout layout = LibraryLayout::None;
        KindSet expected;
        std::string source;
    };
    void learn(const RecognizedLayout& layout);
    [[nodiscard]] std::string ownerOf(std::string_view folder) const;
    [[nodiscard]] std::string nameByFolder(std::string_view model) const;
    [[nodiscard]] const HubRepository* repositoryOf(std::string_view model) const;

    Paths m_requested;
    Paths m_skipped;
    ByPath<Place> m_places; ///< roots and directories, by their path
    ByPath<HubRepository> m_repositories; ///< by their folder
    ByPath<std::string> m_folderNames; ///< of the models below a folder
    std::vector<std::filesystem::path> m_files; ///< that nobody has taken yet
    ByPath<std::string> m_names; ///< that programs show, by the path of a model
    std::vector<FolderProblem> m_problems;
    std::map<std::string, std::set<std::filesystem::path>> m_outside; ///< by the requested directory
    ByPath<std::string> m_owners; ///< of folders in m_outside: the requested directory that led to it first
};

} // namespace weightroom::engine
