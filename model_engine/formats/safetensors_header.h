// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/tensor_index.h"

#include <map>
#include <string>
#include <vector>

namespace weightroom::engine {

/// The JSON text of a safetensors file as values. Each tensor is right in itself (known type, type × shape = bytes);
/// where they lie to each other and in the file has not been looked at yet.
struct SafetensorsHeader {
    std::vector<TensorEntry> tensors; ///< in the order of the text; ranges count from the end of the header
    std::map<std::string, std::string, std::less<>> metadata;
};

/// Reads the JSON text strictly. Where the format's text leaves a choice: white space around the document, unknown
/// fields of a tensor and a null instead of the metadata are accepted, as the reference library does; a name, a field
/// or a metadata key that stands twice is refused, and so is an integer beyond 64 bits in an unknown field, which it
/// does not do.
///
/// `json` is not copied when its capacity leaves room for the parser to read ahead (kSafetensorsReadAhead). The parser
/// touches at most 14 bytes of memory per byte of text.
/// Errors: InvalidFormat and UnknownDtype, naming the tensor; OutOfHostMemory.
[[nodiscard]] Result<SafetensorsHeader> parseSafetensorsHeader(const std::string& json);

/// Bytes behind the text that the parser reads, and ignores.
inline constexpr std::size_t kSafetensorsReadAhead = 64;

} // namespace weightroom::engine
