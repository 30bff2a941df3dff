// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/scan/open_files.h"
#include "model_engine/catalog/validation/validation.h"

namespace weightroom::engine {

/// Compares the checksum that a zip archive of torch.save notes for each of its entries with the entry's bytes; the
/// reader does so for the pickle only. Other formats note none. Errors: Cancelled, FileChanged, those of reading.
[[nodiscard]] Result<> checkArchives(const ModelRecord& record, const OpenedModel& model, ValidationReport& report,
    const ByteProgress& progress, const std::stop_token& stop);

} // namespace weightroom::engine
