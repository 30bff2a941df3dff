// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"

#include <optional>
#include <string_view>

namespace weightroom::engine {

/// The header of a safetensors file as it stands there: its length was checked against the file, its text was not
/// looked at.
struct SafetensorsText {
    std::string_view json; ///< with kSafetensorsReadAhead readable bytes behind it, in the memory of the thread that
                           ///< read it, until it reads the next one
    Bytes headerSize; ///< with the length field
    Bytes fileSize;
};

/// Reads the text; no byte of tensor data is read. Nothing is allocated from a number in the file before it was checked
/// against the file's real size. Errors: FileTruncated with both sizes, HeaderTooLarge, InvalidFormat where it is
/// empty, those of the source.
[[nodiscard]] Result<SafetensorsText> readSafetensorsText(const ByteSource& source);

/// The two parts of a header's text. Files of one recipe differ in the metadata alone.
struct SafetensorsParts {
    std::string_view metadata; ///< the value of __metadata__, from brace to brace; empty where it does not stand first
    std::string_view tensors; ///< everything behind it, to the end of the text
};

/// Cuts a text in two where its form is the one that all writers give it: no space in front, and the metadata first.
/// Nothing for any other text. Nothing is checked but what is needed to find the end of the metadata:
///
///     {"__metadata__":{ … },"a":{ … }, … }
///                     └─ 1 ┘└───── 2 ────┘   1: metadata, 2: tensors, without the comma
[[nodiscard]] std::optional<SafetensorsParts> partsOf(std::string_view json);

} // namespace weightroom::engine
