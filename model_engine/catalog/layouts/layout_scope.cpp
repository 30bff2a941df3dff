// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/layout_scope.h"

#include "model_engine/catalog/layouts/folder_tables.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

using std::filesystem::path;

/// Folders that roots have: only where one of them lies is it worth a closer look.
constexpr std::array<std::string_view, 6> kTellingNames{
    "base-models", "hub", "lmstudio-community", "manifests", "models", "snapshots"};

bool mayBeRoot(const FolderListing& listing)
{
    return std::ranges::any_of(listing.entries, [](const FolderEntry& entry) {
        const bool isFolder = entry.kind == EntryKind::Folder || entry.kind == EntryKind::LinkedFolder;
        return isFolder
            && (entry.name.starts_with("models--")
                || std::ranges::find(kTellingNames, lowerCase(entry.name)) != kTellingNames.end());
    });
}

/// The folder of a path given as text; empty when there is none above it.
std::string_view above(std::string_view path)
{
    const std::size_t slash = path.find_last_of('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view lastName(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

} // namespace

bool isPairedVae(std::string_view model)
{
    constexpr std::string_view kEnding = ".vae";
    const std::string_view name = lastName(model);
    const std::string_view stem = name.substr(0, name.rfind('.'));
    return stem.size() > kEnding.size() && lowerCase(std::string{stem.substr(stem.size() - kEnding.size())}) == kEnding;
}

void LayoutScope::addRequested(const path& directory) { m_requested.insert(directory.native()); }

std::vector<path> LayoutScope::enter(
    const path& folder, const FolderListing& listing, LayoutConfiguration configuration)
{
    if (m_repositories.contains(folder.native()))
        return {};
    if (!m_requested.contains(folder.native()) && !mayBeRoot(listing))
        return {};
    const RecognizedLayout layout = recognizeLayout(folder, configuration);
    if (layout.layout == LibraryLayout::None)
        return {};
    learn(layout);
    const std::string owner = ownerOf(folder.native());
    std::vector<path> more;
    for (const ModelDirectory& directory : layout.directories) {
        std::string_view inside = directory.path.native();
        while (inside.size() > folder.native().size() && !m_skipped.contains(inside))
            inside = above(inside);
        if (inside == folder.native())
            continue;
        more.push_back(directory.path);
        if (inside.size() < folder.native().size() || !m_skipped.contains(inside)) {
            m_outside[owner].insert(directory.path);
            m_owners.emplace(directory.path.native(), owner);
        }
    }
    return more;
}

void LayoutScope::learn(const RecognizedLayout& layout)
{
    m_places.emplace(layout.root.native(), Place{layout.layout, {}, {}});
    for (const ModelDirectory& directory : layout.directories)
        m_places.emplace(directory.path.native(), Place{layout.layout, directory.expected, directory.source});
    for (const path& folder : layout.skipped)
        m_skipped.insert(folder.native());
    for (const HubRepository& repository : layout.repositories)
        m_repositories.emplace(repository.folder.native(), repository);
    for (const auto& [model, name] : layout.names)
        m_names.emplace(model.native(), name);
    for (const auto& [folder, name] : layout.folderNames)
        m_folderNames.emplace(folder.native(), name);
    m_files.insert(m_files.end(), layout.files.begin(), layout.files.end());
    m_problems.insert(m_problems.end(), layout.problems.begin(), layout.problems.end());
}

/// The requested directory that a folder lies in, or that led to where it lies.
std::string LayoutScope::ownerOf(std::string_view folder) const
{
    for (; !folder.empty(); folder = above(folder)) {
        if (m_requested.contains(folder))
            return std::string{folder};
        if (const auto owner = m_owners.find(folder); owner != m_owners.end())
            return owner->second;
    }
    return {};
}

std::vector<path> LayoutScope::outside() const
{
    std::set<path> all;
    for (const auto& [requested, folders] : m_outside)
        all.insert(folders.begin(), folders.end());
    return {all.begin(), all.end()};
}

std::vector<path> LayoutScope::outsideOf(const path& requested) const
{
    const auto folders = m_outside.find(requested.native());
    return folders == m_outside.end() ? std::vector<path>{}
                                      : std::vector<path>{folders->second.begin(), folders->second.end()};
}

bool LayoutScope::isSkipped(const path& folder) const { return m_skipped.contains(folder.native()); }

Placement LayoutScope::placementIn(std::string_view innermost) const
{
    // Without a layout the nearest folder of a known name tells.
    Placement byName;
    for (std::string_view folder = innermost; !folder.empty(); folder = above(folder)) {
        if (const auto place = m_places.find(folder); place != m_places.end())
            return {place->second.layout, place->second.expected.list(), place->second.source};
        const KindSet expected = byName.expectedKinds.empty() ? kindsOfFolderName(lastName(folder)) : KindSet{};
        if (!expected.isEmpty())
            byName = {LibraryLayout::None, expected.list(), std::string{lastName(folder)}};
        if (m_requested.contains(folder))
            break;
    }
    return byName;
}

const HubRepository* LayoutScope::repositoryOf(std::string_view model) const
{
    if (m_repositories.empty())
        return nullptr;
    for (std::string_view folder = above(model); !folder.empty(); folder = above(folder)) {
        if (const auto repository = m_repositories.find(folder); repository != m_repositories.end())
            return &repository->second;
    }
    return nullptr;
}

/// "org/name", and what follows its folder in the model's path without the extension.
std::string LayoutScope::nameByFolder(std::string_view model) const
{
    if (m_folderNames.empty())
        return {};
    for (std::string_view folder = model; !folder.empty(); folder = above(folder)) {
        const auto name = m_folderNames.find(folder);
        if (name == m_folderNames.end())
            continue;
        const path below = path{model}.lexically_relative(folder);
        return below == "." ? name->second : name->second + "/" + (below.parent_path() / below.stem()).string();
    }
    return {};
}

std::string LayoutScope::shownNameOf(std::string_view model) const
{
    if (const auto name = m_names.find(model); name != m_names.end())
        return name->second;
    if (std::string name = nameByFolder(model); !name.empty())
        return name;
    const HubRepository* repository = repositoryOf(model);
    return repository == nullptr || revisionOf(*repository, model).empty() ? std::string{}
                                                                           : hubModelName(*repository, model);
}

bool LayoutScope::isSecondChoice(std::string_view model) const
{
    const HubRepository* repository = repositoryOf(model);
    return repository != nullptr && revisionOf(*repository, model) != repository->mainRevision;
}

} // namespace weightroom::engine
