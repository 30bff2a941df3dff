// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/folders/found_model.h"
#include "model_engine/catalog/scan/open_files.h"
#include "model_engine/catalog/scan/table_memo.h"

namespace weightroom::engine {

/// What the headers of a model tell.
struct HeaderFacts {
    FileFormat format = FileFormat::Unknown;
    ContentKey contentKey;
    Identification identified;
};

/// Reads and checks the headers of the model, whose files are `opened`. A single safetensors file whose tensors `memo`
/// knows is not parsed: its metadata are read, and its size is checked against the tensors'. `memo` may be null.
/// Errors: those of OpenFiles::readHeaders(), InvalidFormat where the index of shards names other tensors.
[[nodiscard]] Result<HeaderFacts> readHeaderFacts(const OpenFiles& opened, const FoundModel& found, TableMemo* memo);

} // namespace weightroom::engine
