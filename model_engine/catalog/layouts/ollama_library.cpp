// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/ollama_library.h"

#include "model_engine/core/files/file.h"
#include "model_engine/core/json.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;
using fs::path;

/// A manifest has a handful of layers and takes a kilobyte.
constexpr Bytes kLargestManifest = kKiB * 256;
/// More are not read: a library of a thousand models is a large one.
constexpr std::size_t kMostManifests = 10'000;
constexpr std::size_t kDigits = 64;
constexpr std::string_view kBlobPrefix = "sha256-";
constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::string_view kDefaultHost = "registry.ollama.ai";
constexpr std::string_view kDefaultNamespace = "library";

/// Layers with weights, and what is said of them beside the name of their model.
struct WeightLayer {
    std::string_view mediaType;
    std::string_view suffix;
};
constexpr std::array kWeightLayers{
    WeightLayer{"application/vnd.ollama.image.model", ""},
    WeightLayer{"application/vnd.ollama.image.projector", " (projector)"},
    WeightLayer{"application/vnd.ollama.image.adapter", " (adapter)"},
};

bool isFolder(const path& folder)
{
    std::error_code unknown;
    return fs::is_directory(folder, unknown);
}

bool isHash(std::string_view text)
{
    return text.size() == kDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Sorted, without hidden ones.
std::vector<std::string> namesIn(const path& folder)
{
    std::vector<std::string> names;
    std::error_code failed;
    fs::directory_iterator entry{folder, failed};
    for (; !failed && entry != fs::directory_iterator{}; entry.increment(failed)) {
        if (std::string name = entry->path().filename().string(); !name.starts_with('.'))
            names.push_back(std::move(name));
    }
    std::ranges::sort(names);
    return names;
}

/// The text of a member; empty when there is none.
std::string textOf(const Json& object, const char* member)
{
    const auto value = object.find(member);
    return value != object.end() && value->is_string() ? value->get<std::string>() : std::string{};
}

Error notUnderstood(const path& manifest, std::string_view why)
{
    return {ErrorCode::InvalidFormat, "the manifest '" + manifest.string() + "' " + std::string{why},
        {.path = manifest.string()}};
}

class LibraryReader {
public:
    explicit LibraryReader(path models)
        : m_models(std::move(models))
    {
    }

    [[nodiscard]] OllamaLibrary read()
    {
        readFolder(m_models / "manifests", {});
        for (auto& [blob, model] : m_byBlob)
            m_library.models.push_back(std::move(model));
        return std::move(m_library);
    }

private:
    /// `names`: host, namespace, model, as far as they are known.
    void readFolder(const path& folder, const std::vector<std::string>& names)
    {
        constexpr std::size_t kLevels = 3;
        for (const std::string& name : namesIn(folder)) {
            if (names.size() == kLevels) {
                readManifest(folder / name, shownName(names, name));
                continue;
            }
            std::vector<std::string> below = names;
            below.push_back(name);
            if (isFolder(folder / name))
                readFolder(folder / name, below);
        }
    }

    /// As Ollama shows it: without what is the same for most.
    [[nodiscard]] static std::string shownName(const std::vector<std::string>& names, const std::string& tag)
    {
        std::string shown;
        if (names[0] != kDefaultHost)
            shown += names[0] + "/";
        if (!shown.empty() || names[1] != kDefaultNamespace)
            shown += names[1] + "/";
        return shown + names[2] + ":" + tag;
    }

    void readManifest(const path& manifest, const std::string& name)
    {
        if (++m_manifests > kMostManifests) {
            if (m_manifests == kMostManifests + 1)
                addProblem(manifest,
                    notUnderstood(manifest,
                        "and all after it are left out: there are more than " + std::to_string(kMostManifests)));
            return;
        }
        const auto text = readSmallFile(manifest, kLargestManifest);
        if (!text)
            return addProblem(manifest, text.error());
        const auto document = parseJson(*text);
        if (!document)
            return addProblem(manifest, notUnderstood(manifest, "is not valid JSON: " + document.error().detail));
        const auto layers = document->is_object() ? document->find("layers") : document->end();
        if (layers == document->end() || !layers->is_array())
            return addProblem(manifest, notUnderstood(manifest, "has no list of layers"));
        for (const Json& layer : *layers)
            readLayer(manifest, layer, name);
    }

    void readLayer(const path& manifest, const Json& layer, const std::string& name)
    {
        const std::string mediaType = layer.is_object() ? textOf(layer, "mediaType") : std::string{};
        const auto* const known = std::ranges::find(kWeightLayers, mediaType, &WeightLayer::mediaType);
        if (known == kWeightLayers.end())
            return;
        const std::string digest = textOf(layer, "digest");
        // It becomes a part of a path: nothing but a hash.
        if (!digest.starts_with(kDigestPrefix) || !isHash(std::string_view{digest}.substr(kDigestPrefix.size())))
            return addProblem(manifest, notUnderstood(manifest, "has a layer without a SHA-256 as its digest"));
        const path blob = blobOf(digest.substr(kDigestPrefix.size()));
        if (blob.empty())
            return addProblem(manifest,
                Error{ErrorCode::NotFound, "the blob of '" + name + "', " + digest + ", is not there",
                    {.path = manifest.string()}});
        m_byBlob.try_emplace(blob, OllamaModel{blob, name + std::string{known->suffix}, manifest});
    }

    /// Empty when it is not there. The first versions had a colon in the names.
    [[nodiscard]] path blobOf(const std::string& hash) const
    {
        for (const std::string_view prefix : {kBlobPrefix, kDigestPrefix}) {
            std::error_code unknown;
            path blob = m_models / "blobs" / (std::string{prefix} + hash);
            if (fs::exists(blob, unknown))
                return blob;
        }
        return {};
    }

    void addProblem(const path& manifest, Error error) { m_library.problems.push_back({manifest, std::move(error)}); }

    path m_models;
    std::size_t m_manifests = 0;
    std::map<path, OllamaModel> m_byBlob;
    OllamaLibrary m_library;
};

} // namespace

path ollamaModelsOf(const path& root)
{
    for (const path& folder : {root, root / "models"}) {
        if (isFolder(folder / "manifests") && isFolder(folder / "blobs"))
            return folder;
    }
    return {};
}

OllamaLibrary readOllamaLibrary(const path& models) { return LibraryReader{models}.read(); }

std::vector<path> ollamaBlobsIn(const path& models)
{
    std::vector<path> blobs;
    for (const std::string& name : namesIn(models / "blobs")) {
        if (isOllamaBlobName(name))
            blobs.push_back(models / "blobs" / name);
    }
    return blobs;
}

bool isOllamaBlobName(std::string_view name)
{
    return (name.starts_with(kBlobPrefix) || name.starts_with(kDigestPrefix))
        && isHash(name.substr(kBlobPrefix.size()));
}

std::optional<path> ollamaModelsOfBlob(const path& file)
{
    const path models = file.parent_path().parent_path();
    const bool isBlob = isOllamaBlobName(file.filename().native()) && file.parent_path().filename() == "blobs";
    return isBlob && isFolder(models / "manifests") ? std::optional{models} : std::nullopt;
}

} // namespace weightroom::engine
