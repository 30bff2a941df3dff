// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/examination.h"

#include "model_engine/catalog/identification.h"
#include "model_engine/catalog/scanner.h"
#include "model_engine/formats/format_reader.h"

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

ModelRecord recordAt(const std::filesystem::path& path, const FileIdentity& identity)
{
    ModelRecord record;
    record.id = modelIdFor(path);
    record.name = path.stem().string();
    record.path = path;
    record.files = {{path, identity}};
    return record;
}

Result<ModelRecord> readRecord(const std::filesystem::path& path)
{
    const auto file = InputFile::open(path);
    if (!file)
        return fail(file.error());
    ModelRecord record = recordAt(path, file->identity());
    const auto index = readTensorIndex(FileSource{*file});
    // A file that changes meanwhile may fail to parse because of it: "changed" is the truth then.
    if (auto unchanged = file->checkUnchanged(); !unchanged)
        return fail(std::move(unchanged).error());
    if (!index) {
        record.problem = index.error();
        return record;
    }
    record.format = index->format;
    record.identified = identify(*index);
    return record;
}

} // namespace

ModelId modelIdFor(const std::filesystem::path& path)
{
    const std::string& bytes = path.native();
    return {readableStem(path) + "-" + hexText(::XXH3_64bits(bytes.data(), bytes.size()))};
}

ModelRecordPtr examineFile(const std::filesystem::path& path) { return examineFile(path, FileIdentity{}); }

ModelRecordPtr examineFile(const std::filesystem::path& path, const FileIdentity& seen)
{
    auto record = readRecord(path);
    // Once more: what was replaced while it was read is whole now, most of the time.
    if (!record && record.error().code == ErrorCode::FileChanged)
        record = readRecord(path);
    if (record)
        return std::make_shared<const ModelRecord>(std::move(*record));
    return unusableFile(path, seen, std::move(record).error());
}

ModelRecordPtr unusableFile(const std::filesystem::path& path, const FileIdentity& seen, Error problem)
{
    ModelRecord record = recordAt(path, seen);
    record.problem = std::move(problem);
    return std::make_shared<const ModelRecord>(std::move(record));
}

} // namespace weightroom::engine
