// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/tensor_index.h"

#include <string_view>
#include <vector>

namespace weightroom::engine {

/// The JSON text of a safetensors file as values. Each tensor is right in itself (known type, type × shape = bytes);
/// where they lie to each other and in the file has not been looked at yet.
struct SafetensorsHeader {
    std::vector<TensorEntry> tensors; ///< in the order of the text; ranges count from the end of the header
    HeaderMetadata metadata;
};

/// Reads the JSON text strictly. Where the format's text leaves a choice: white space around the document, unknown
/// fields of a tensor and a null instead of the metadata are accepted, as the reference library does; a name, a field
/// or a metadata key that stands twice is refused, and so is an integer beyond 64 bits in an unknown field, which it
/// does not do.
///
/// Behind `json` there must be kSafetensorsReadAhead readable bytes. The parser touches at most 14 bytes of memory per
/// byte of text. Errors: InvalidFormat and UnknownDtype, naming the tensor; OutOfHostMemory.
/// The memory of `used`, entries that are not needed any more, is used again.
[[nodiscard]] Result<SafetensorsHeader> parseSafetensorsHeader(
    std::string_view json, std::vector<TensorEntry> used = {});

/// Of the value of __metadata__ alone (SafetensorsParts::metadata), with as much behind it; empty for an empty text.
/// Errors: InvalidFormat, OutOfHostMemory.
[[nodiscard]] Result<HeaderMetadata> parseSafetensorsMetadata(std::string_view json);

/// Bytes behind the text that the parser reads, and ignores.
inline constexpr std::size_t kSafetensorsReadAhead = 64;

} // namespace weightroom::engine
