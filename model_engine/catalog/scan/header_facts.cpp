// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/header_facts.h"

#include "model_engine/catalog/folders/shard_index.h"
#include "model_engine/catalog/identification.h"
#include "model_engine/catalog/pipeline_identification.h"
#include "model_engine/formats/safetensors/safetensors_header.h"
#include "model_engine/formats/safetensors/safetensors_reader.h"

#include <array>
#include <utility>

namespace weightroom::engine {
namespace {

Result<TensorIndex> readAndCompare(const OpenFiles& opened, const FoundModel& found)
{
    auto index = opened.readHeaders();
    const ModelIndex* shardIndex = found.shardIndex();
    if (!index || shardIndex == nullptr)
        return index;
    std::vector<std::filesystem::path> shards;
    for (const FoundPart& file : found.files)
        shards.emplace_back(file.path);
    if (auto same = checkShardIndex(shardIndex->path, *index, shards); !same)
        return fail(std::move(same).error());
    return index;
}

Result<HeaderFacts> readAll(const OpenFiles& opened, const FoundModel& found)
{
    const auto index = readAndCompare(opened, found);
    if (!index)
        return fail(index.error());
    std::vector<Bytes> sizes;
    for (std::size_t file = 0; file < found.files.size(); ++file)
        sizes.push_back(opened.source(file).size());
    return HeaderFacts{index->format, contentKeyOf(*index, sizes),
        index->format == FileFormat::Diffusers ? identifyPipeline(*index) : identify(*index)};
}

/// The entries of the header that a thread read last: it reads one after the other, and most of its time would go into
/// taking and giving back their memory.
std::vector<TensorEntry>& usedEntries()
{
    thread_local std::vector<TensorEntry> entries;
    return entries;
}

/// Those of a giant are not kept.
void keepForNext(std::vector<TensorEntry> entries, Bytes headerSize)
{
    if (headerSize <= kMiB)
        usedEntries() = std::move(entries);
}

/// What the tensors of this text tell, if they fill this file; nullptr when they do not, or are not right.
TableFactsPtr factsOf(const SafetensorsText& text, const TableKey& key, TableMemo& memo)
{
    if (auto known = memo.find(key))
        return known->dataSize == text.fileSize - text.headerSize ? known : nullptr;
    auto index = parseSafetensors(text, std::exchange(usedEntries(), {}));
    // Metadata behind other members are a part of the text of the tensors: they would be lost for the next file.
    if (!index || (!key.hasMetadata && !index->metadata.empty()))
        return nullptr;
    auto facts =
        std::make_shared<const TableFacts>(TableFacts{contentSumOf(*index), index->dataSize, identifyTensors(*index)});
    memo.insert(key, facts);
    keepForNext(std::move(index->tensors), text.headerSize);
    return facts;
}

/// Nothing for every file that is not right and in the usual form: what is wrong with it is said by who reads it all.
std::optional<HeaderFacts> readByMemo(const ByteSource& source, TableMemo& memo)
{
    const auto text = readSafetensorsText(source);
    const auto parts = text ? partsOf(text->json) : std::nullopt;
    if (!parts)
        return std::nullopt;
    const auto metadata = parseSafetensorsMetadata(parts->metadata);
    const TableFactsPtr facts = metadata ? factsOf(*text, memo.keyOf(*parts), memo) : nullptr;
    if (facts == nullptr)
        return std::nullopt;
    return HeaderFacts{FileFormat::Safetensors, contentKeyOf(facts->content, std::array{source.size()}),
        withMetadata(facts->identified, *metadata)};
}

bool isSingleFile(const FoundModel& found)
{
    return found.files.size() == 1 && found.files.front().namePrefix.empty() && found.shardIndex() == nullptr;
}

} // namespace

Result<HeaderFacts> readHeaderFacts(const OpenFiles& opened, const FoundModel& found, TableMemo* memo)
{
    if (memo != nullptr && isSingleFile(found)) {
        if (auto facts = readByMemo(opened.source(0), *memo))
            return std::move(*facts);
    }
    return readAll(opened, found);
}

} // namespace weightroom::engine
