// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/examination.h"

#include "model_engine/catalog/folders/shard_index.h"
#include "model_engine/catalog/identification.h"
#include "model_engine/catalog/model_matching.h"
#include "model_engine/catalog/open_files.h"
#include "model_engine/catalog/pipeline_identification.h"
#include "model_engine/catalog/scanner.h"

#include <utility>

namespace weightroom::engine {
namespace {

ModelRecord recordOf(const FoundModel& found)
{
    ModelRecord record;
    record.id = modelIdFor(found.path);
    record.name = found.name.empty() ? found.path.stem().string() : found.name;
    record.path = found.path;
    record.files = found.files;
    record.placement = found.placement;
    record.index = found.index;
    record.variants = found.variants;
    return record;
}

std::vector<Bytes> sizesOf(const ModelRecord& record)
{
    std::vector<Bytes> sizes;
    for (const ModelFile& file : record.files)
        sizes.push_back(file.identity.size);
    return sizes;
}

Result<TensorIndex> readAndCompare(const OpenFiles& opened, const FoundModel& found)
{
    auto index = opened.readHeaders();
    if (!index || found.shardIndex.empty())
        return index;
    std::vector<std::filesystem::path> shards;
    for (const ModelFile& file : found.files)
        shards.push_back(file.path);
    if (auto same = checkShardIndex(found.shardIndex, *index, shards); !same)
        return fail(std::move(same).error());
    return index;
}

Result<ModelRecord> readRecord(const FoundModel& found)
{
    ModelRecord record = recordOf(found);
    const auto opened = OpenFiles::open(record.files);
    if (!opened)
        return fail(opened.error());
    const auto index = readAndCompare(*opened, found);
    // A file that changes meanwhile may fail to parse because of it: "changed" is the truth then.
    if (auto unchanged = opened->checkUnchanged(); !unchanged)
        return fail(std::move(unchanged).error());
    if (!index) {
        record.problem = index.error();
        return record;
    }
    record.format = index->format;
    record.contentKey = contentKeyOf(*index, sizesOf(record));
    record.identified = index->format == FileFormat::Diffusers ? identifyPipeline(*index) : identify(*index);
    return record;
}

ModelRecordPtr unusable(const FoundModel& found, Error problem)
{
    ModelRecord record = recordOf(found);
    record.problem = std::move(problem);
    return std::make_shared<const ModelRecord>(std::move(record));
}

} // namespace

ModelRecordPtr examineFile(const std::filesystem::path& path)
{
    return examineModel({.path = path, .files = {{path, {}}}, .shardIndex = {}, .problem = {}});
}

ModelRecordPtr examineModel(const FoundModel& found)
{
    if (found.problem)
        return unusable(found, *found.problem);
    auto record = readRecord(found);
    // Once more: what was replaced while it was read is whole now, most of the time.
    if (!record && record.error().code == ErrorCode::FileChanged)
        record = readRecord(found);
    if (record)
        return std::make_shared<const ModelRecord>(std::move(*record));
    return unusable(found, std::move(record).error());
}

} // namespace weightroom::engine
