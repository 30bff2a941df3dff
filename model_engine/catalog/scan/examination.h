// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/folders/found_model.h"
#include "model_engine/catalog/scan/table_memo.h"

namespace weightroom::engine {

/// As examineFile() in catalog/scan/scanner.h, for a model that a walk found: reads the headers of all its files. One that
/// cannot be opened has the identity that was seen in the walk. A model that is changed while it is read is read once
/// more. What its tensors tell is looked for in `memo` and noted there; without one it is read.
[[nodiscard]] ModelRecordPtr examineModel(const FoundModel& found, TableMemo* memo = nullptr);

} // namespace weightroom::engine
