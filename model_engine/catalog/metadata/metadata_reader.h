// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/preview.h"
#include "model_engine/catalog/metadata/sidecars/sidecar.h"

#include <optional>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

struct MetadataRequest {
    std::filesystem::path model; ///< its sidecars and previews lie beside it and have its name
    std::filesystem::path headerFile; ///< of a model of several files: the first; otherwise the same
};

/// Everything that is said about one model, and where it was read.
struct MetadataReport {
    ModelMetadata metadata;
    std::vector<Sidecar> sidecars; ///< broken ones included, with their reason; texts only, no documents
    std::optional<Preview> preview;
    HeaderMetadata header; ///< as it stands in the file
    std::optional<Error> headerProblem; ///< the model itself is broken; its sidecars are read all the same
    std::optional<Error> databaseProblem; ///< of the InvokeAI whose model it is: what it says is missing
    std::optional<Error> folderProblem; ///< the folder could not be listed, so that sidecars and preview are missing
};

/// Reads the header of a model and what lies beside it: the folder is listed once, and only files of a known ending are
/// opened. Blocks; takes up to 30 times the size of a sidecar in memory, for one at a time. Not during a scan: it is
/// for the moment when somebody looks at the model. Errors: NotFound, when the model is not there; Cancelled.
[[nodiscard]] Result<MetadataReport> readModelMetadata(const MetadataRequest& request, const std::stop_token& stop);

} // namespace weightroom::engine
