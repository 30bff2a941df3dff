// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/scan/open_files.h"
#include "model_engine/catalog/validation/validation.h"

namespace weightroom::engine {

/// Reads every element of a model and adds to the report what is no number in them. NaN and infinity fail the check; a
/// matrix of floating-point zeros is a warning (nothing of it was trained, or it was lost), a vector of zeros is none:
/// biases begin so. Errors: Cancelled, FileChanged, those of reading.
[[nodiscard]] Result<> checkValues(
    const OpenedModel& model, ValidationReport& report, const ByteProgress& progress, const std::stop_token& stop);

} // namespace weightroom::engine
