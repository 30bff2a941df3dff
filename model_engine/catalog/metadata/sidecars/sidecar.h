// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/model_metadata.h"
#include "model_engine/catalog/metadata/sidecars/companions.h"
#include "model_engine/core/files/file.h"
#include "model_engine/core/json.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weightroom::engine {

/// A file of Civitai's answer with 100 pictures and their prompts has half a megabyte. JSON takes up to 30 times its
/// size in memory.
inline constexpr Bytes kLargestSidecar = kMiB * 2;

/// A sidecar as it was read. One that is broken is a problem of its own, never one of the model.
struct Sidecar {
    SidecarFile file;
    FileIdentity identity; ///< empty when it could not be opened
    std::string text; ///< without the byte order mark
    std::string_view byteOrderMark; ///< empty: there is none
    Json document; ///< an object; null for a dialect that is no JSON
    std::optional<Error> problem; ///< then `text` and `document` are empty
};

/// The folders that a sidecar may lie in: that of the model, and, for a model that is a link, that of its file. A link
/// that leads anywhere else is not followed: a description is shown to whoever asks, so it must not be a way to read
/// the user's other files.
[[nodiscard]] std::vector<std::filesystem::path> sidecarFolders(const std::filesystem::path& model);

/// Reads one sidecar. Never fails: the reason stands in its problem (InvalidJson, InvalidFormat, InvalidValue above the
/// size, NotRegularFile, PermissionDenied, FileChanged, …).
[[nodiscard]] Sidecar readSidecar(const SidecarFile& file, const std::vector<std::filesystem::path>& folders);

/// What a sidecar says. `modelName` is the file name of the model: an answer of Civitai may describe several files.
[[nodiscard]] SourceClaims claimsFromSidecar(const Sidecar& sidecar, const std::string& modelName);

} // namespace weightroom::engine
