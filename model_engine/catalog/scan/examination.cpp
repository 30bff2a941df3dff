// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/examination.h"

#include "model_engine/catalog/model_matching.h"
#include "model_engine/catalog/scan/header_facts.h"
#include "model_engine/catalog/scan/open_files.h"
#include "model_engine/catalog/scan/scanner.h"

#include <utility>

namespace weightroom::engine {
namespace {

ModelRecord recordOf(const FoundModel& found)
{
    ModelRecord record;
    record.id = modelIdFor(found.path);
    for (const FoundPart& file : found.files)
        record.files.push_back(modelFileOf(file));
    placeAsFound(record, found);
    return record;
}

Result<ModelRecord> readRecord(const FoundModel& found, TableMemo* memo)
{
    ModelRecord record = recordOf(found);
    const auto opened = OpenFiles::open(record.files);
    if (!opened)
        return fail(opened.error());
    auto facts = readHeaderFacts(*opened, found, memo);
    // A file that changes meanwhile may fail to parse because of it: "changed" is the truth then.
    if (auto unchanged = opened->checkUnchanged(); !unchanged)
        return fail(std::move(unchanged).error());
    if (!facts) {
        record.problem = std::move(facts).error();
        return record;
    }
    record.format = facts->format;
    record.contentKey = std::move(facts->contentKey);
    record.identified = std::move(facts->identified);
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
    return examineModel(foundAt(path, std::vector<ModelFile>{{path, {}}}));
}

ModelRecordPtr examineModel(const FoundModel& found, TableMemo* memo)
{
    if (found.problem)
        return unusable(found, *found.problem);
    auto record = readRecord(found, memo);
    // Once more: what was replaced while it was read is whole now, most of the time.
    if (!record && record.error().code == ErrorCode::FileChanged)
        record = readRecord(found, memo);
    if (record)
        return std::make_shared<const ModelRecord>(std::move(*record));
    return unusable(found, std::move(record).error());
}

} // namespace weightroom::engine
