// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/torch/zip_directory.h"

#include "model_engine/formats/little_endian.h"
#include "model_engine/formats/quoted_name.h"
#include "model_engine/formats/torch/zip_extra.h"

#include <algorithm>
#include <optional>

namespace weightroom::engine {
namespace {

using namespace std::string_view_literals;

// The records of a zip archive (APPNOTE 6.3): the mark that each begins with, its size, and where its fields lie.
namespace end {
constexpr std::string_view kMark = "PK\x05\x06"sv;
constexpr std::size_t kSize = 22;
constexpr std::size_t kDisk = 4;
constexpr std::size_t kDirectoryDisk = 6;
constexpr std::size_t kEntriesHere = 8;
constexpr std::size_t kEntries = 10;
constexpr std::size_t kDirectorySize = 12;
constexpr std::size_t kDirectoryBegin = 16;
constexpr std::size_t kCommentLength = 20;
} // namespace end
namespace locator {
constexpr std::string_view kMark = "PK\x06\x07"sv;
constexpr std::size_t kSize = 20;
constexpr std::size_t kDisk = 4;
constexpr std::size_t kEndBegin = 8;
constexpr std::size_t kDisks = 16;
} // namespace locator
namespace end64 {
constexpr std::string_view kMark = "PK\x06\x06"sv;
constexpr std::size_t kSize = 56;
constexpr std::size_t kSizeBehind = 4; ///< of the record, without this field and the mark
constexpr std::size_t kDisk = 16;
constexpr std::size_t kDirectoryDisk = 20;
constexpr std::size_t kEntriesHere = 24;
constexpr std::size_t kEntries = 32;
constexpr std::size_t kDirectorySize = 40;
constexpr std::size_t kDirectoryBegin = 48;
} // namespace end64
namespace central {
constexpr std::string_view kMark = "PK\x01\x02"sv;
constexpr std::size_t kSize = 46;
constexpr std::size_t kFlags = 8;
constexpr std::size_t kMethod = 10;
constexpr std::size_t kCrc = 16;
constexpr std::size_t kStoredSize = 20;
constexpr std::size_t kUnpackedSize = 24;
constexpr std::size_t kNameLength = 28;
constexpr std::size_t kExtraLength = 30;
constexpr std::size_t kCommentLength = 32;
constexpr std::size_t kDisk = 34;
constexpr std::size_t kAttributes = 38;
constexpr std::size_t kHeaderBegin = 42;
} // namespace central

constexpr std::size_t kLongestComment = 0xFFFF;
/// A 16-bit field that refers to its 64-bit twin.
constexpr std::uint16_t kSeeZip64Short = 0xFFFF;

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;

template <class T>
constexpr auto at = littleEndianAt<T>;

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

/// The end of the file, where all of the end records lie.
struct Tail {
    std::string bytes;
    U64 begin = 0; ///< in the file
};

/// What the end records say about the directory.
struct DirectoryPlace {
    U64 entries = 0;
    U64 begin = 0;
    U64 size = 0;
};

Result<Tail> readTail(const ByteSource& source)
{
    const U64 size = source.size().value;
    const U64 length = std::min<U64>(size, end::kSize + kLongestComment + locator::kSize + end64::kSize);
    Tail tail{std::string(length, '\0'), size - length};
    if (auto read = source.readAt(tail.begin, std::as_writable_bytes(std::span{tail.bytes})); !read)
        return fail(std::move(read).error());
    return tail;
}

/// Where the last end record of the file begins, in the tail. The last one decides, and must reach to the end: an
/// archive inside of a comment cannot be taken for the file's own.
Result<std::size_t> findEndRecord(std::string_view tail)
{
    const std::size_t found =
        tail.size() < end::kSize ? std::string_view::npos : tail.rfind(end::kMark, tail.size() - end::kSize);
    if (found == std::string_view::npos) {
        return fail(ErrorCode::FileTruncated,
            "the zip archive has no end record: the file was cut off, or other bytes were appended");
    }
    const std::size_t behind = tail.size() - found - end::kSize;
    const U16 comment = at<U16>(tail, found + end::kCommentLength);
    if (behind != comment) {
        return invalid("the end record of the zip archive announces a comment of " + toExactText(Bytes{comment}) + ", "
            + std::to_string(behind) + " follow");
    }
    return found;
}

Result<DirectoryPlace> readEnd64(std::string_view record)
{
    if (!record.starts_with(end64::kMark) || at<U64>(record, end64::kSizeBehind) != end64::kSize - 12)
        return invalid("the zip archive has a zip64 locator that does not lead to its record");
    if (at<U32>(record, end64::kDisk) != 0 || at<U32>(record, end64::kDirectoryDisk) != 0)
        return invalid("the zip archive is one of several parts");
    const DirectoryPlace place{at<U64>(record, end64::kEntries), at<U64>(record, end64::kDirectoryBegin),
        at<U64>(record, end64::kDirectorySize)};
    if (at<U64>(record, end64::kEntriesHere) != place.entries)
        return invalid("the zip archive is one of several parts");
    return place;
}

/// A field of the end record is either its zip64 twin or the mark that refers to it.
bool agrees(U64 field, U64 marker, U64 twin) { return field == marker || field == twin; }

Result<> compareEnds(const DirectoryPlace& in32, const DirectoryPlace& in64)
{
    if (!agrees(in32.entries, kSeeZip64Short, in64.entries) || !agrees(in32.size, kSeeZip64, in64.size)
        || !agrees(in32.begin, kSeeZip64, in64.begin))
        return invalid("the end record and the zip64 end record of the zip archive contradict each other");
    return {};
}

/// The zip64 end record, when there is one: its locator stands right before the end record, and it right before that.
Result<std::optional<DirectoryPlace>> findEnd64(const Tail& tail, std::size_t endRecord)
{
    if (endRecord < locator::kSize)
        return std::optional<DirectoryPlace>{};
    const std::size_t locatorBegin = endRecord - locator::kSize;
    const std::string_view bytes = std::string_view{tail.bytes}.substr(locatorBegin, locator::kSize);
    if (!bytes.starts_with(locator::kMark))
        return std::optional<DirectoryPlace>{};
    if (at<U32>(bytes, locator::kDisk) != 0 || at<U32>(bytes, locator::kDisks) > 1)
        return invalid("the zip archive is one of several parts");
    if (locatorBegin < end64::kSize || at<U64>(bytes, locator::kEndBegin) != tail.begin + (locatorBegin - end64::kSize))
        return invalid("the zip archive has a zip64 locator that does not lead to its record");
    auto place = readEnd64(std::string_view{tail.bytes}.substr(locatorBegin - end64::kSize, end64::kSize));
    if (!place)
        return fail(std::move(place).error());
    return std::optional{*place};
}

Result<DirectoryPlace> readEnd(std::string_view record)
{
    const DirectoryPlace place{
        at<U16>(record, end::kEntries), at<U32>(record, end::kDirectoryBegin), at<U32>(record, end::kDirectorySize)};
    if (at<U16>(record, end::kDisk) != 0 || at<U16>(record, end::kDirectoryDisk) != 0
        || at<U16>(record, end::kEntriesHere) != place.entries)
        return invalid("the zip archive is one of several parts");
    return place;
}

/// The directory ends where the end records begin, and all of its numbers are within their limits.
Result<> checkPlace(const DirectoryPlace& place, U64 recordsBegin)
{
    if (place.begin > recordsBegin || place.size != recordsBegin - place.begin) {
        return invalid("the directory of the zip archive has " + toExactText(Bytes{place.size}) + " from "
            + std::to_string(place.begin) + " on, its end records begin at " + std::to_string(recordsBegin));
    }
    if (place.entries > kMostZipEntries) {
        return fail(ErrorCode::HeaderTooLarge,
            "the zip archive has " + std::to_string(place.entries) + " entries, the limit is "
                + std::to_string(kMostZipEntries));
    }
    if (Bytes{place.size} > kMaxZipDirectory) {
        return fail(ErrorCode::HeaderTooLarge,
            "the directory of the zip archive has " + toExactText(Bytes{place.size}) + ", the limit is "
                + std::to_string(kMaxZipDirectory.value),
            {.required = Bytes{place.size}, .available = kMaxZipDirectory});
    }
    return {};
}

Result<DirectoryPlace> findDirectory(const ByteSource& source)
{
    const auto tail = readTail(source);
    if (!tail)
        return fail(tail.error());
    const auto endRecord = findEndRecord(tail->bytes);
    if (!endRecord)
        return fail(endRecord.error());
    auto place = readEnd(std::string_view{tail->bytes}.substr(*endRecord));
    if (!place)
        return place;
    auto in64 = findEnd64(*tail, *endRecord);
    if (!in64)
        return fail(std::move(in64).error());
    U64 recordsBegin = tail->begin + *endRecord;
    if (*in64) {
        if (auto same = compareEnds(*place, **in64); !same)
            return fail(std::move(same).error());
        place = **in64;
        recordsBegin -= locator::kSize + end64::kSize;
    }
    if (auto checked = checkPlace(*place, recordsBegin); !checked)
        return fail(std::move(checked).error());
    return place;
}

/// Replaces a field that refers to the zip64 field by the next number there.
Result<> resolve(U64& field, std::string_view& zip64)
{
    if (field != kSeeZip64)
        return {};
    if (zip64.size() < sizeof(U64))
        return invalid("refers to a zip64 field that it does not have");
    field = at<U64>(zip64, 0);
    zip64.remove_prefix(sizeof(U64));
    return {};
}

Result<> resolveZip64(ZipEntry& entry, std::string_view extras)
{
    auto zip64 = findZip64Extra(extras);
    if (!zip64)
        return fail(std::move(zip64).error());
    std::string_view numbers = zip64->value_or(""sv);
    for (U64* field : {&entry.size.value, &entry.storedSize.value, &entry.headerBegin}) {
        if (auto resolved = resolve(*field, numbers); !resolved)
            return resolved;
    }
    return {};
}

/// Takes one record off the front of the directory.
Result<ZipEntry> takeEntry(std::string_view& directory)
{
    if (directory.size() < central::kSize || !directory.starts_with(central::kMark))
        return invalid("has no record where one is announced");
    const std::string_view record = directory.substr(0, central::kSize);
    const std::size_t nameLength = at<U16>(record, central::kNameLength);
    const std::size_t extraLength = at<U16>(record, central::kExtraLength);
    const std::size_t length = central::kSize + nameLength + extraLength + at<U16>(record, central::kCommentLength);
    if (length > directory.size() || at<U16>(record, central::kDisk) != 0)
        return invalid("has a record that reaches beyond its end, or into another file");
    ZipEntry entry;
    entry.name = directory.substr(central::kSize, nameLength);
    entry.flags = at<U16>(record, central::kFlags);
    entry.method = at<U16>(record, central::kMethod);
    entry.crc = at<U32>(record, central::kCrc);
    entry.attributes = at<U32>(record, central::kAttributes);
    entry.storedSize = Bytes{at<U32>(record, central::kStoredSize)};
    entry.size = Bytes{at<U32>(record, central::kUnpackedSize)};
    entry.headerBegin = at<U32>(record, central::kHeaderBegin);
    if (auto resolved = resolveZip64(entry, directory.substr(central::kSize + nameLength, extraLength)); !resolved)
        return invalid("lists " + quotedName(entry.name) + ", which " + resolved.error().detail);
    directory.remove_prefix(length);
    return entry;
}

Result<std::vector<ZipEntry>> readEntries(std::string_view directory, U64 count)
{
    std::vector<ZipEntry> entries;
    entries.reserve(std::min<U64>(count, directory.size() / central::kSize));
    for (U64 i = 0; i < count; ++i) {
        auto entry = takeEntry(directory);
        if (!entry)
            return invalid("the directory of the zip archive " + entry.error().detail);
        entries.push_back(std::move(*entry));
    }
    if (!directory.empty())
        return invalid("the directory of the zip archive has more records than its end record says");
    return entries;
}

} // namespace

const ZipEntry* ZipDirectory::find(std::string_view name) const
{
    const auto found = std::ranges::find(entries, name, &ZipEntry::name);
    return found == entries.end() ? nullptr : &*found;
}

Result<ZipDirectory> readZipDirectory(const ByteSource& source)
{
    const auto place = findDirectory(source);
    if (!place)
        return fail(place.error());
    std::string bytes(place->size, '\0');
    if (auto read = source.readAt(place->begin, std::as_writable_bytes(std::span{bytes})); !read)
        return fail(std::move(read).error());
    auto entries = readEntries(bytes, place->entries);
    if (!entries)
        return fail(std::move(entries).error());
    return ZipDirectory{std::move(*entries), place->begin};
}

} // namespace weightroom::engine
