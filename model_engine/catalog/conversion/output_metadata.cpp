// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/output_metadata.h"

#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// Hashes of tensors, which would have to be those of the new file.
constexpr std::array<std::string_view, 3> kHashes{"modelspec.hash_sha256", "sshs_legacy_hash", "sshs_model_hash"};
/// How a GGUF file is packed, and what only a reader of GGUF has a use for.
constexpr std::array<std::string_view, 5> kOfGguf{
    "comfy.gguf.", "general.alignment", "general.file_type", "general.quantization_version", "tokenizer."};

bool isLeftOut(std::string_view key, FileFormat format)
{
    if (std::ranges::find(kHashes, key) != kHashes.end())
        return true;
    return format == FileFormat::Gguf
        && std::ranges::any_of(kOfGguf, [key](std::string_view prefix) { return key.starts_with(prefix); });
}

} // namespace

std::map<std::string, std::string, std::less<>> outputMetadata(const TensorIndex& source, std::string_view sourceName)
{
    std::map<std::string, std::string, std::less<>> fields;
    for (const auto& [key, value] : source.metadata) {
        if (!isLeftOut(key, source.format))
            fields.emplace(toValidUtf8(key), toValidUtf8(value));
    }
    fields.emplace("format", "pt");
    fields.insert_or_assign(std::string{kConvertedFromKey}, toValidUtf8(sourceName));
    return fields;
}

} // namespace weightroom::engine
