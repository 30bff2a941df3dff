// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/conversion_journal.h"

#include "model_engine/catalog/conversion/running_hash.h"
#include "model_engine/core/files/file_writing.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace weightroom::engine {
namespace {

/// The last digit is the version of the record.
constexpr std::array<char, 8> kMagic{'W', 'R', 'c', 'o', 'n', 'v', '0', '1'};

/// Some 9000 points, 2 TiB of weights: what is longer is not ours.
constexpr Bytes kLargestJournal = kMiB;

struct Record {
    std::array<char, 8> magic = kMagic;
    std::array<std::uint64_t, 2> key{};
    std::uint64_t number = 0; ///< of the record, from 0
    std::uint64_t file = 0;
    std::uint64_t size = 0;
    std::uint64_t checked = 0;
    std::uint64_t hash = 0;
    std::uint64_t elements = 0;
    std::uint64_t overflowed = 0;
    double largestError = 0;
    double errorSum = 0;
    std::uint64_t reserved = 0; ///< 0
    std::uint64_t checksum = 0; ///< of all bytes before it
};
using RecordBytes = std::array<std::byte, sizeof(Record)>;
static_assert(Bytes{sizeof(Record)} == ConversionJournal::kRecord, "no padding: all bytes are written");

std::uint64_t checksumOf(const Record& record)
{
    const auto bytes = std::bit_cast<RecordBytes>(record);
    return hashOf(std::span{bytes}.first(offsetof(Record, checksum)));
}

Record recordOf(const DurablePoint& point, const ConversionKey& key, std::uint64_t number)
{
    Record record{.key = key.words,
        .number = number,
        .file = point.file,
        .size = point.size.value,
        .checked = point.checked.value,
        .hash = point.hash,
        .elements = point.loss.elements,
        .overflowed = point.loss.overflowed,
        .largestError = point.loss.largestError,
        .errorSum = point.loss.errorSum};
    record.checksum = checksumOf(record);
    return record;
}

DurablePoint pointOf(const Record& record)
{
    return {record.file, Bytes{record.size}, Bytes{record.checked}, record.hash,
        {record.elements, record.overflowed, record.largestError, record.errorSum}};
}

bool isValid(const Record& record, const ConversionKey& key, std::uint64_t number)
{
    return record.magic == kMagic && record.checksum == checksumOf(record) && record.key == key.words
        && record.number == number && record.checked <= record.size;
}

/// Empty for what is longer than any journal is.
Result<std::string> contentOf(int descriptor, const std::filesystem::path& path)
{
    std::string content(kLargestJournal.value + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t count =
            ::pread(descriptor, content.data() + size, content.size() - size, static_cast<off_t>(size));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(systemError(errno, "read", path));
        if (count == 0)
            break;
        size += static_cast<std::size_t>(count);
    }
    content.resize(size == content.size() ? 0 : size);
    return content;
}

/// The valid records from the beginning.
std::vector<Record> recordsIn(std::string_view content, const ConversionKey& key)
{
    std::vector<Record> records;
    while (content.size() >= sizeof(Record)) {
        RecordBytes bytes;
        std::memcpy(bytes.data(), content.data(), bytes.size());
        const auto record = std::bit_cast<Record>(bytes);
        if (!isValid(record, key, records.size()))
            break;
        records.push_back(record);
        content.remove_prefix(sizeof(Record));
    }
    // A crash tears one record at most. What is longer was written by something else.
    if (content.size() > sizeof(Record))
        records.clear();
    return records;
}

} // namespace

ConversionJournal::ConversionJournal(UniqueFd descriptor, std::filesystem::path path, const ConversionKey& key)
    : m_descriptor(std::move(descriptor))
    , m_path(std::move(path))
    , m_key(key)
{
}

Result<ConversionJournal> ConversionJournal::read(
    UniqueFd descriptor, std::filesystem::path path, const ConversionKey& key)
{
    ConversionJournal journal{std::move(descriptor), std::move(path), key};
    const auto content = contentOf(journal.m_descriptor.get(), journal.m_path);
    if (!content)
        return fail(content.error());
    const std::vector<Record> records = recordsIn(*content, key);
    if (!records.empty())
        journal.m_last = pointOf(records.back());
    if (auto cut = journal.cutTo(records.size()); !cut)
        return fail(std::move(cut).error());
    return journal;
}

Result<> ConversionJournal::cutTo(std::uint64_t records)
{
    const int descriptor = m_descriptor.get();
    const auto end = static_cast<off_t>(records * sizeof(Record));
    const off_t before = ::lseek(descriptor, 0, SEEK_END);
    if (before < 0 || ::ftruncate(descriptor, end) != 0 || ::lseek(descriptor, end, SEEK_SET) < 0)
        return fail(systemError(errno, "shorten", m_path));
    // A point that comes back after a crash would tell of bytes that are written anew by then.
    if (before > end && ::fdatasync(descriptor) != 0)
        return fail(systemError(errno, "sync", m_path));
    m_records = records;
    return {};
}

Result<> ConversionJournal::append(const DurablePoint& point)
{
    const auto bytes = std::bit_cast<RecordBytes>(recordOf(point, m_key, m_records));
    if (auto written = writeAll(m_descriptor.get(), bytes, m_path); !written)
        return written;
    if (::fdatasync(m_descriptor.get()) != 0)
        return fail(systemError(errno, "sync", m_path));
    ++m_records;
    m_last = point;
    return {};
}

Result<> ConversionJournal::clear()
{
    m_last.reset();
    return cutTo(0);
}

} // namespace weightroom::engine
