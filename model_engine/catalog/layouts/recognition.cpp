// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/recognition.h"

#include "model_engine/catalog/layouts/folder_finder.h"
#include "model_engine/catalog/layouts/folder_tables.h"
#include "model_engine/catalog/layouts/invokeai_library.h"
#include "model_engine/catalog/layouts/modelscope_cache.h"
#include "model_engine/catalog/layouts/ollama_library.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weightroom::engine {
namespace {

using std::filesystem::path;

/// Files and folders (with a slash) that are only all there at the root of one program.
struct Signature {
    LibraryLayout layout;
    std::string_view base; ///< where the layout begins below the root; empty: there
    std::array<std::string_view, 2> marks; ///< an empty one is none
};

/// In LM Studio's folder of models.
constexpr std::string_view kLmStudioStaffPicks = "lmstudio-community/";

/// The more special ones first: Fooocus and SD.Next began as A1111 and have its files.
constexpr std::array kSignatures{
    Signature{LibraryLayout::InvokeAi, "", {"invokeai.yaml"}},
    Signature{LibraryLayout::InvokeAi, "", {"databases/invokeai.db"}},
    Signature{LibraryLayout::SwarmUi, "", {"Data/Settings.fds"}},
    Signature{LibraryLayout::SwarmUi, "", {"Models/", "launch-linux.sh"}},
    Signature{LibraryLayout::StabilityMatrix, "", {"Models/", "Packages/"}},
    Signature{LibraryLayout::StabilityMatrix, "", {".sm-portable"}},
    Signature{LibraryLayout::StabilityMatrix, "Data", {"Data/.sm-portable"}},
    Signature{LibraryLayout::Fooocus, "", {"fooocus_version.py"}},
    Signature{LibraryLayout::SdNext, "", {"installer.py", "webui.sh"}},
    Signature{LibraryLayout::A1111, "", {"webui.py", "models/Stable-diffusion/"}},
    Signature{LibraryLayout::A1111, "", {"webui.sh", "models/Stable-diffusion/"}},
    Signature{LibraryLayout::A1111, "", {"webui.py", "launch.py"}},
    Signature{LibraryLayout::ComfyUi, "", {"folder_paths.py"}},
    Signature{LibraryLayout::ComfyUi, "", {"comfy/", "models/checkpoints/"}},
    Signature{LibraryLayout::LmStudio, "", {"models/", "bin/lms"}},
    Signature{LibraryLayout::LmStudio, "", {"models/", "config-presets/"}},
    Signature{LibraryLayout::LmStudio, "", {"models/lmstudio-community/"}},
    Signature{LibraryLayout::LmStudio, "", {kLmStudioStaffPicks}}, // its folder of models by itself
};

/// Layouts that folders of models alone may follow; of equally good ones the first.
constexpr std::array kByFolders{LibraryLayout::Weightroom, LibraryLayout::ComfyUi, LibraryLayout::A1111,
    LibraryLayout::SdNext, LibraryLayout::StabilityMatrix, LibraryLayout::SwarmUi, LibraryLayout::Fooocus};
/// "loras" and "vae" alone may be anybody's; of our names two are common to no other program.
constexpr std::size_t kFewestNames = 3;
constexpr std::size_t kFewestOwnNames = 2;

/// What lies beside the repositories of a Hugging Face cache and holds no models.
constexpr std::array<std::string_view, 4> kHubSidings{"assets", "datasets", "modules", "xet"};

bool isFile(const path& file)
{
    std::error_code unknown;
    return std::filesystem::is_regular_file(file, unknown);
}

bool isFolder(const path& folder)
{
    std::error_code unknown;
    return std::filesystem::is_directory(folder, unknown);
}

bool isBelow(const path& inner, const path& outer)
{
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

ConfiguredFolders configurationOf(LibraryLayout layout, const path& root)
{
    switch (layout) {
    case LibraryLayout::ComfyUi:
        return readExtraPathsOf(root);
    case LibraryLayout::A1111:
        return readWebuiFlags(root);
    case LibraryLayout::SwarmUi:
        return readSwarmSettings(root);
    case LibraryLayout::SdNext:
        return readSdNextConfig(root);
    case LibraryLayout::Fooocus:
        return readFooocusConfig(root);
    default:
        return {};
    }
}

class Recognizer {
public:
    Recognizer(const path& root, LayoutConfiguration configuration)
        : m_configuration(configuration)
    {
        m_result.root = root;
    }

    [[nodiscard]] RecognizedLayout run()
    {
        if (!isHub() && !isProgram() && !isModelScope() && !isOllama())
            tryFolders();
        // Those that were added first are the more special ones.
        std::ranges::stable_sort(m_result.directories, {}, &ModelDirectory::path);
        const auto rest = std::ranges::unique(m_result.directories, {}, &ModelDirectory::path);
        m_result.directories.erase(rest.begin(), rest.end());
        return std::move(m_result);
    }

private:
    [[nodiscard]] bool isHub();
    void addRepositories(const path& hub);
    void addRepository(const path& folder);

    [[nodiscard]] bool isModelScope();
    [[nodiscard]] bool isOllama();

    [[nodiscard]] bool isProgram();
    [[nodiscard]] bool has(std::string_view mark);
    void addProgram(const Signature& signature);
    void addConfiguration();
    void addConfigured(const ConfiguredFolder& folder);
    void addInvokeLibrary();

    void tryFolders();
    [[nodiscard]] std::vector<std::string> knownNames(LibraryLayout layout, const path& models);

    void addFolders(const path& base);
    void addModelsFolder(const path& models);
    void addDirectory(const path& folder, KindSet kinds, std::string source);

    LayoutConfiguration m_configuration;
    FolderFinder m_finder;
    RecognizedLayout m_result;
};

/// The folder of the cache, the one above it ("hub" lies in it), or one repository.
bool Recognizer::isHub()
{
    addRepository(m_result.root);
    addRepositories(m_result.root);
    const path hub = m_result.root / "hub";
    if (m_result.repositories.empty() && isFolder(hub)) {
        addRepositories(hub);
        if (!m_result.repositories.empty())
            m_result.evidence.emplace_back("hub/");
    }
    if (m_result.repositories.empty())
        return false;
    m_result.layout = LibraryLayout::HuggingFaceCache;
    m_result.evidence.push_back(m_result.repositories.front().folder.filename().string() + "/snapshots/");
    for (const std::string& name : m_finder.namesIn(m_result.root)) {
        if (std::ranges::find(kHubSidings, name) != kHubSidings.end())
            m_result.skipped.push_back(m_result.root / name);
    }
    return true;
}

void Recognizer::addRepositories(const path& hub)
{
    for (const std::string& name : m_finder.namesIn(hub)) {
        if (name.starts_with("models--"))
            addRepository(hub / name);
        else if (name.starts_with("datasets--") || name.starts_with("spaces--"))
            m_result.skipped.push_back(hub / name);
    }
}

void Recognizer::addRepository(const path& folder)
{
    auto repository = readHubRepository(folder);
    if (!repository)
        return;
    m_result.skipped.push_back(folder / "blobs");
    m_result.skipped.push_back(folder / "refs");
    addDirectory(folder / "snapshots", {}, repository->name);
    m_result.repositories.push_back(std::move(*repository));
}

bool Recognizer::isModelScope()
{
    const ModelScopeCache cache = readModelScopeCache(m_result.root, m_finder);
    if (cache.repositories.empty())
        return false;
    m_result.layout = LibraryLayout::ModelScopeCache;
    m_result.evidence.push_back(cache.evidence);
    m_result.skipped = cache.skipped;
    for (const auto& [folder, name] : cache.repositories) {
        addDirectory(folder, {}, name);
        m_result.folderNames.emplace(folder, name);
    }
    return true;
}

bool Recognizer::isOllama()
{
    const path models = ollamaModelsOf(m_result.root);
    if (models.empty())
        return false;
    m_result.layout = LibraryLayout::Ollama;
    for (const char* folder : {"manifests", "blobs"})
        m_result.evidence.push_back((models / folder).lexically_relative(m_result.root).string() + "/");
    addDirectory(models / "blobs", {}, "manifests");
    if (m_configuration == LayoutConfiguration::Ignored) {
        m_result.files = ollamaBlobsIn(models);
        return true;
    }
    OllamaLibrary library = readOllamaLibrary(models);
    m_result.problems = std::move(library.problems);
    for (OllamaModel& model : library.models) {
        m_result.names.emplace(model.blob, std::move(model.name));
        m_result.files.push_back(std::move(model.blob));
    }
    return true;
}

bool Recognizer::isProgram()
{
    const auto isThere = [this](std::string_view mark) { return mark.empty() || has(mark); };
    for (const Signature& signature : kSignatures) {
        if (std::ranges::all_of(signature.marks, isThere)) {
            addProgram(signature);
            return true;
        }
    }
    return false;
}

bool Recognizer::has(std::string_view mark)
{
    if (mark.ends_with('/'))
        return !m_finder.find(m_result.root, mark.substr(0, mark.size() - 1)).empty();
    return isFile(m_result.root / mark);
}

void Recognizer::addProgram(const Signature& signature)
{
    m_result.layout = signature.layout;
    for (const std::string_view mark : signature.marks) {
        if (!mark.empty())
            m_result.evidence.emplace_back(mark);
    }
    for (const std::string& name : m_finder.namesIn(m_result.root)) {
        if (isProgramFolder(name))
            m_result.skipped.push_back(m_result.root / name);
    }
    const bool reads = m_configuration == LayoutConfiguration::Followed;
    if (reads)
        addConfiguration();
    addFolders(m_result.root / signature.base);
    const bool isModelsFolder = signature.marks.front() == kLmStudioStaffPicks;
    if (isModelsFolder)
        addModelsFolder(m_result.root);
    if (reads && m_result.layout == LibraryLayout::InvokeAi)
        addInvokeLibrary();
}

void Recognizer::addConfiguration()
{
    ConfiguredFolders configured = configurationOf(m_result.layout, m_result.root);
    std::ranges::move(configured.problems, std::back_inserter(m_result.problems));
    for (const ConfiguredFolder& folder : configured.folders)
        addConfigured(folder);
    for (const ConfiguredFolder& models : configured.modelRoots) {
        addModelsFolder(models.path);
        addConfigured(models);
    }
}

/// Programs write their defaults into their configuration: a folder of their own that is not there is no mistake.
void Recognizer::addConfigured(const ConfiguredFolder& folder)
{
    if (isFolder(folder.path))
        addDirectory(folder.path, folder.kinds, folder.source);
    else if (!isBelow(folder.path, m_result.root))
        m_result.problems.push_back({folder.path,
            Error{ErrorCode::NotFound,
                "'" + folder.path.string() + "', which " + folder.source + " names, is not a folder",
                {.path = folder.path.string()}}});
}

/// Names, and the folders of models that were left where they were.
void Recognizer::addInvokeLibrary()
{
    const path database = invokeDatabaseOf(m_result.root);
    if (database.empty())
        return;
    auto library = readInvokeLibrary(m_result.root);
    if (!library) {
        m_result.problems.push_back({database, std::move(library).error()});
        return;
    }
    if (library->unreadable > 0)
        m_result.problems.push_back({database,
            Error{ErrorCode::InvalidFormat, std::to_string(library->unreadable) + " rows describe no model",
                {.path = database.string()}}});
    for (InvokeModel& model : library->models) {
        const path folder = isFile(model.path) ? model.path.parent_path() : model.path;
        if (!isBelow(folder, m_result.root) && isFolder(folder))
            addDirectory(folder, {}, "databases/invokeai.db");
        if (!model.name.empty())
            m_result.names.insert_or_assign(model.path, std::move(model.name));
    }
}

/// The names of the layout's folders that are there in a folder of models.
std::vector<std::string> Recognizer::knownNames(LibraryLayout layout, const path& models)
{
    const std::string_view prefix = modelsFolderOf(layout);
    std::vector<std::string> known;
    for (const FolderRow& row : foldersOf(layout)) {
        if (!row.path.starts_with(prefix))
            continue;
        const std::string_view name = row.path.substr(prefix.empty() ? 0 : prefix.size() + 1);
        if (name.find('/') == std::string_view::npos && !m_finder.find(models, name).empty())
            known.emplace_back(name);
    }
    return known;
}

void Recognizer::tryFolders()
{
    path models;
    std::vector<std::string> names;
    std::vector<path> candidates = m_finder.find(m_result.root, "models");
    candidates.push_back(m_result.root);
    for (const LibraryLayout layout : kByFolders) {
        for (const path& candidate : candidates) {
            const std::vector<std::string> known = knownNames(layout, candidate);
            const bool isOurs = layout == LibraryLayout::Weightroom;
            if (known.size() < (isOurs ? kFewestOwnNames : kFewestNames) || known.size() <= names.size())
                continue;
            names = known;
            models = candidate;
            m_result.layout = layout;
        }
    }
    if (m_result.layout == LibraryLayout::None)
        return;
    for (const std::string& name : names)
        m_result.evidence.push_back((models / name).lexically_relative(m_result.root).string() + "/");
    const bool isModelsFolder = models == m_result.root && !modelsFolderOf(m_result.layout).empty();
    if (isModelsFolder)
        addModelsFolder(models);
    else
        addFolders(m_result.root);
}

/// The folders of the layout below where it begins.
void Recognizer::addFolders(const path& base)
{
    for (const FolderRow& row : foldersOf(m_result.layout)) {
        for (const path& folder : m_finder.find(base, row.path))
            addDirectory(folder, row.kinds, std::string{row.path});
    }
    if (const std::string_view models = modelsFolderOf(m_result.layout); !models.empty()) {
        for (const path& folder : m_finder.find(base, models))
            addModelsFolder(folder);
    }
}

/// The folders in a folder of models, also those whose name the layout does not know.
void Recognizer::addModelsFolder(const path& models)
{
    const std::string prefix = std::string{modelsFolderOf(m_result.layout)} + "/";
    for (const FolderRow& row : foldersOf(m_result.layout)) {
        if (!row.path.starts_with(prefix))
            continue;
        for (const path& folder : m_finder.find(models, row.path.substr(prefix.size())))
            addDirectory(folder, row.kinds, std::string{row.path});
    }
    if (m_result.layout == LibraryLayout::InvokeAi) { // a folder for each model, or each base
        addDirectory(models, {}, std::string{modelsFolderOf(m_result.layout)});
        return;
    }
    for (const std::string& name : m_finder.namesIn(models))
        addDirectory(models / name, {}, prefix + name);
}

void Recognizer::addDirectory(const path& folder, KindSet kinds, std::string source)
{
    m_result.directories.push_back({folder, kinds, std::move(source)});
}

} // namespace

RecognizedLayout recognizeLayout(const std::filesystem::path& root, LayoutConfiguration configuration)
{
    return Recognizer{root, configuration}.run();
}

} // namespace weightroom::engine
