// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/known_hashes.h"
#include "model_engine/catalog/metadata/metadata_reader.h"
#include "model_engine/catalog/metadata/sidecars/sidecar_writer.h"
#include "model_engine/core/json.h"

namespace weightroom::engine {

/// What is known about a model as an answer shows it: each field by its name, with its source and the values of other
/// sources; preview, sidecars with their problems, unknown fields.
[[nodiscard]] Json metadataJson(const MetadataReport& report);

/// Dialect, path, whether it exists, and the names of the fields.
[[nodiscard]] Json writableJson(const std::vector<WritableSidecar>& sidecars);

/// The header's fields and the sidecars' texts as they stand in the files; null for a header above the limit.
[[nodiscard]] Json rawMetadataJson(const MetadataReport& report);

/// One entry for each algorithm that was asked for; null when the file does not have such a hash.
[[nodiscard]] Json hashesJson(const HashRequest& request, const FileHashes& hashes);

/// The hashes that are known without reading a file: for each file of the model its path and rows of algorithm, value
/// and source. `hashes` has one row for each file.
[[nodiscard]] Json knownHashesJson(const ModelRecord& record, const ModelHashes& hashes);

} // namespace weightroom::engine
