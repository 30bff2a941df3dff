// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/scan/scanner.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// A model of Ollama:
///
///     manifests/<host>/<namespace>/<model>/<tag>   JSON: layers, of which one is the weights
///     blobs/sha256-<hash>                          the bytes; GGUF, names without an extension
struct OllamaModel {
    std::filesystem::path blob;
    std::string name; ///< as Ollama shows it: "llama3:8b", "user/model:tag", "host/user/model:tag"
    std::filesystem::path manifest;
};

struct OllamaLibrary {
    std::vector<OllamaModel> models; ///< sorted by path, each blob once: under the first of its names
    std::vector<FolderProblem> problems; ///< manifests that cannot be understood, blobs that are not there
};

/// The folder with "manifests" and "blobs": `root`, or "models" in it; empty when it is neither.
[[nodiscard]] std::filesystem::path ollamaModelsOf(const std::filesystem::path& root);

/// Reads all manifests below a folder that ollamaModelsOf() gives. Never fails: what is wrong is a problem.
[[nodiscard]] OllamaLibrary readOllamaLibrary(const std::filesystem::path& models);

/// All blobs, without a look at the manifests.
[[nodiscard]] std::vector<std::filesystem::path> ollamaBlobsIn(const std::filesystem::path& models);

/// Whether a file has the name of a whole blob: "sha256-" and 64 digits.
[[nodiscard]] bool isOllamaBlobName(std::string_view name);

/// The models folder of Ollama that a path is a blob of; nothing when it is none.
[[nodiscard]] std::optional<std::filesystem::path> ollamaModelsOfBlob(const std::filesystem::path& path);

} // namespace weightroom::engine
