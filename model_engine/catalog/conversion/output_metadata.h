// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/tensor_index.h"

#include <map>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// The fields of a converted file's header: those of its source but for what is not true of it any more (hashes over
/// tensors that lie elsewhere now, how a GGUF file was packed), "format": "pt", which programs of the Hugging Face
/// family ask for, and from what file it was made.
[[nodiscard]] std::map<std::string, std::string, std::less<>> outputMetadata(
    const TensorIndex& source, std::string_view sourceName);

/// The field that tells what a file was made of: a file's or folder's name, without its path.
inline constexpr std::string_view kConvertedFromKey = "weightroom.converted_from";

} // namespace weightroom::engine
