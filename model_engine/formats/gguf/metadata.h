// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/core/shape.h"
#include "model_engine/formats/checked_cursor.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// The key-value pairs of a GGUF header.
struct GgufMetadata {
    /// All of them as text: integers exact, floating-point numbers as short as they read back, "true" and "false",
    /// lists of up to kGgufListShown values as "[1, 2]". Of a longer list ("tokenizer.ggml.tokens") only the number of
    /// values is kept: "[32000 values]".
    std::map<std::string, std::string, std::less<>> texts;
    std::uint64_t alignment = 32; ///< where tensors begin: general.alignment, or the format's default
    /// By tensor: the shape that it had before ComfyUI-GGUF changed its rows to fill whole blocks (its keys
    /// comfy.gguf.orig_shape.<tensor>). Outermost dimension first, unlike the dimensions of the format itself.
    std::map<std::string, Shape, std::less<>> originalShapes;
};

/// Longer lists are not kept.
inline constexpr std::uint64_t kGgufListShown = 16;

/// The longest key or tensor name. It is the format's limit for keys. For tensors the format says 64 and ggml refuses
/// the 64th byte, but ComfyUI-GGUF has ggml built for 127, and gguf-py writes any.
inline constexpr std::uint64_t kLongestGgufName = 65'535;

/// More dimensions are refused. ggml has four; ComfyUI-GGUF puts tensors of five (of video models) into files.
inline constexpr std::uint64_t kMaxGgufDimensions = 8;

/// A key or the name of a tensor: a length and as many bytes of UTF-8. Errors: InvalidFormat, those of the cursor.
[[nodiscard]] Result<std::string> readGgufName(CheckedCursor& cursor, std::string_view what);

/// Reads `count` pairs and checks all of them, also the values that are not kept: types are those of the format, lists
/// hold no lists, booleans are 0 or 1, keys are not empty and stand once, the alignment is a power of two and at least
/// 8. Texts that are not UTF-8 are kept with U+FFFD in place of what is wrong. Errors name the key: InvalidFormat, and
/// those of the cursor.
[[nodiscard]] Result<GgufMetadata> readGgufMetadata(CheckedCursor& cursor, std::uint64_t count);

} // namespace weightroom::engine
