// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/validation/validation.h"

namespace weightroom::engine {

/// Compares the hashes that the header of a model and the files beside it claim with those that it has. Each claim is
/// compared, not only the one that is believed. Hashes name one file: a model of several has none. What is claimed by
/// an algorithm that is not computed (BLAKE3) is listed. Errors: Cancelled, FileChanged, those of reading.
[[nodiscard]] Result<> checkHashes(
    const ModelRecord& record, ValidationReport& report, const ByteProgress& progress, const std::stop_token& stop);

} // namespace weightroom::engine
