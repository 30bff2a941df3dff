// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/shard_index.h"

#include "model_engine/core/files/file.h"
#include "model_engine/core/json.h"
#include "model_engine/formats/quoted_name.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

/// Those of the largest language models have some megabytes.
constexpr JsonLimits kLimits{.maxBytes = kMiB.value * 32, .maxDepth = 8};

tl::unexpected<Error> refuse(std::string detail, const std::filesystem::path& file)
{
    return fail(
        ErrorCode::InvalidFormat, std::move(detail), {.path = file.string(), .defect = FileDefect::InvalidIndex});
}

Result<Json> readWeightMap(const std::filesystem::path& file)
{
    const auto text = readSmallFile(file, Bytes{kLimits.maxBytes});
    if (!text)
        return fail(text.error());
    auto document = parseJson(*text, kLimits);
    if (!document) {
        Error error = std::move(document).error();
        error.context.path = file.string();
        return fail(std::move(error));
    }
    if (!document->is_object() || !document->contains("weight_map") || !document->at("weight_map").is_object())
        return refuse("the index of the shards has no object 'weight_map'", file);
    return std::move(document->at("weight_map"));
}

/// Why the index is wrong about one tensor; empty when it is right.
std::string wrongEntry(const std::string& name, const Json& shard, const TensorLookup& lookup,
    std::span<const std::filesystem::path> shards)
{
    if (!shard.is_string())
        return "the index names no shard for tensor " + quotedName(name);
    const TensorEntry* entry = lookup.find(name);
    if (entry == nullptr)
        return "the index names tensor " + quotedName(name) + ", which no shard holds";
    const std::string real = shards[entry->file].filename().string();
    if (shard.get_ref<const std::string&>() != real)
        return "tensor " + quotedName(name) + " lies in '" + real + "' and not where the index says";
    return {};
}

} // namespace

Result<> checkShardIndex(
    const std::filesystem::path& file, const TensorIndex& index, std::span<const std::filesystem::path> shards)
{
    const auto weightMap = readWeightMap(file);
    if (!weightMap)
        return fail(weightMap.error());
    const TensorLookup lookup{index};
    for (const auto& [name, shard] : weightMap->items()) {
        if (std::string wrong = wrongEntry(name, shard, lookup, shards); !wrong.empty())
            return refuse(std::move(wrong), file);
    }
    return {};
}

} // namespace weightroom::engine
