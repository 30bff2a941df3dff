// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/folders/found_model.h"

namespace weightroom::engine {

/// As examineFile() in catalog/scanner.h, for a model that a walk found: reads the headers of all its files. One that
/// cannot be opened has the identity that was seen in the walk. A model that is changed while it is read is read once
/// more.
[[nodiscard]] ModelRecordPtr examineModel(const FoundModel& found);

} // namespace weightroom::engine
