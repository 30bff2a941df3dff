// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"
#include "model_engine/formats/safetensors/safetensors_text.h"
#include "model_engine/formats/tensor_index.h"

#include <span>

namespace weightroom::engine {

//   | 8 bytes: n, little-endian | n bytes: JSON text | tensors' data, without gap or overlap, to the end of the file |
//   0                           8                    8+n = begin of the data

/// The length field in front of the header.
inline constexpr Bytes kSafetensorsLengthField{8};

/// The longest header that is read: the limit of the reference library, so no file that others can read is refused for
/// its header, and none can make us take more memory than them.
inline constexpr Bytes kMaxSafetensorsHeader{100'000'000};

/// The length of the JSON text as the file's first eight bytes claim it.
[[nodiscard]] Bytes claimedSafetensorsHeader(std::span<const std::byte, 8> field);

/// Reads and checks the header of a safetensors file; no byte of tensor data is read. Any thread; a header of 100,000
/// tensors takes 0.15 s (2026-11, one core of a 2-core virtual machine) and memory for the entries. Nothing is
/// allocated from a number in the file before it was checked against the file's real size. Errors: FileTruncated with
/// both sizes, HeaderTooLarge, InvalidFormat, UnknownDtype, OutOfHostMemory, those of the source.
[[nodiscard]] Result<TensorIndex> readSafetensors(const ByteSource& source);

/// The same for a text that was read already; the memory of `used`, entries that are not needed any more, is used
/// again. The errors name no path.
[[nodiscard]] Result<TensorIndex> parseSafetensors(const SafetensorsText& text, std::vector<TensorEntry> used = {});

} // namespace weightroom::engine
