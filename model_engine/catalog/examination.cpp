// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/examination.h"

#include "model_engine/catalog/folders/shard_index.h"
#include "model_engine/catalog/identification.h"
#include "model_engine/catalog/open_files.h"
#include "model_engine/catalog/pipeline_identification.h"
#include "model_engine/catalog/scanner.h"

#include <xxhash.h>

#include <algorithm>

namespace weightroom::engine {
namespace {

/// An id is shown in logs and typed in a shell: long enough to recognise, short enough to read.
constexpr std::size_t kStemLength = 48;

bool isPlain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'
        || c == '.';
}

/// The file's name as plain ASCII: an id is no path, no option and no escape sequence.
std::string readableStem(const std::filesystem::path& path)
{
    std::string stem = path.stem().string().substr(0, kStemLength);
    std::ranges::replace_if(
        stem, [](char c) { return !isPlain(c); }, '_');
    const std::size_t begin = stem.find_first_not_of("-.");
    return begin == std::string::npos ? "model" : stem.substr(begin);
}

std::string hexText(std::uint64_t number)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (int shift = 60; shift >= 0; shift -= 4)
        text.push_back(kDigits[(number >> static_cast<unsigned>(shift)) & 0xFU]);
    return text;
}

ModelRecord recordOf(const FoundModel& found)
{
    ModelRecord record;
    record.id = modelIdFor(found.path);
    record.name = found.name.empty() ? found.path.stem().string() : found.name;
    record.path = found.path;
    record.files = found.files;
    record.placement = found.placement;
    return record;
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

ModelId modelIdFor(const std::filesystem::path& path)
{
    const std::string& bytes = path.native();
    return {readableStem(path) + "-" + hexText(::XXH3_64bits(bytes.data(), bytes.size()))};
}

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
