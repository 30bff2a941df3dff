// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace weightroom::engine {

// What was read of a model, as bytes (CBOR) for a build of one catalogRevision(): numbers of enumerations stand in it.

/// All of the record but its id, its paths and its files.
[[nodiscard]] std::vector<std::uint8_t> encodeRecord(const ModelRecord& record);
/// Fills the rest of a record that has its id, its paths and its files. Errors: InvalidFormat for bytes that
/// encodeRecord() of this build did not write.
[[nodiscard]] Result<> decodeRecord(std::span<const std::byte> bytes, ModelRecord& record);

} // namespace weightroom::engine
