// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"
#include "model_engine/formats/tensor_index.h"

namespace weightroom::engine {

//   | "GGUF" | version | tensors | pairs | key-value pairs … | tensor infos … | padding | data, padding | data … |
//   0        4         8         16      24                                             begin of the data
//
// All numbers are little endian. The data begin at a multiple of the alignment (32, or general.alignment), and each
// tensor begins at the next multiple behind the one before.

/// What a file begins with.
inline constexpr std::string_view kGgufMagic = "GGUF";

/// The longest header that is read. Those of image models have some 100 KiB, those of language models with their
/// vocabulary up to 20 MB; it is the limit that safetensors has.
inline constexpr Bytes kMaxGgufHeader{100'000'000};

/// The most tensors and the most keys. Large models have some thousands; a header of the longest size could name four
/// million, which would take more memory than a header is worth.
inline constexpr std::uint64_t kMaxGgufEntries = 1'000'000;

/// Reads and checks the header of a GGUF file of version 2 or 3; no byte of tensor data is read. Any thread. Nothing is
/// allocated from a number in the file before it was checked against the file's real size.
///
/// Shapes come outermost dimension first, as everywhere in the engine (fileShape() gives the order of the file). The
/// metadata become text; of long lists only the length is kept.
///
/// Stricter than ggml: sizes must not wrap, the data must be there, the alignment is a multiple of 8 as the format's
/// text demands, and behind the last tensor there is nothing but its padding (two files that were joined, or a file
/// that is something else as well). More lenient, because such files exist: names above 63 bytes, up to eight
/// dimensions, no padding behind the last tensor. The bytes of paddings are not looked at.
///
/// Errors: FileTruncated with both sizes, HeaderTooLarge, InvalidFormat, UnknownDtype, UnknownFormat for other versions
/// and for big-endian files, those of the source.
[[nodiscard]] Result<TensorIndex> readGguf(const ByteSource& source);

} // namespace weightroom::engine
