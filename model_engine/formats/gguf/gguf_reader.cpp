// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/gguf_reader.h"

#include "model_engine/formats/checked_cursor.h"
#include "model_engine/formats/gguf/metadata.h"
#include "model_engine/formats/gguf/tensor_infos.h"
#include "model_engine/formats/quoted_name.h"

#include <algorithm>
#include <numeric>

namespace weightroom::engine {
namespace {

/// What one tensor or one pair takes at least: lengths and numbers around an empty name, a key of one byte and a value
/// of one.
constexpr Bytes kSmallestTensorInfo{8 + 4 + 4 + 8};
constexpr Bytes kSmallestPair{8 + 1 + 4 + 1};

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

Result<> readMagic(CheckedCursor& cursor)
{
    const auto magic = cursor.readText(kGgufMagic.size(), "the mark of the format");
    if (!magic)
        return fail(magic.error());
    if (*magic != kGgufMagic)
        return invalid("the file does not begin with GGUF");
    return {};
}

Result<> readVersion(CheckedCursor& cursor)
{
    const auto version = cursor.readNumber(4, "the version of the format");
    if (!version)
        return fail(version.error());
    if (*version == 0)
        return invalid("the file claims version 0 of GGUF");
    if (*version % 0x10000 == 0)
        return fail(ErrorCode::UnknownFormat, "the file is a big-endian GGUF file; only little-endian ones are read",
            {.defect = FileDefect::OtherFormat});
    if (*version != 2 && *version != 3) {
        return fail(ErrorCode::UnknownFormat,
            "the file has version " + std::to_string(*version) + " of GGUF; versions 2 and 3 are read",
            {.defect = FileDefect::OtherFormat});
    }
    return {};
}

Result<std::uint64_t> readCount(CheckedCursor& cursor, std::string_view things)
{
    auto count = cursor.readNumber(8, "the number of " + std::string{things});
    if (count && *count > kMaxGgufEntries) {
        return fail(ErrorCode::HeaderTooLarge,
            "the header claims " + std::to_string(*count) + " " + std::string{things} + ", the limit is "
                + std::to_string(kMaxGgufEntries));
    }
    return count;
}

struct Counts {
    std::uint64_t tensors = 0;
    std::uint64_t pairs = 0;
};

/// The numbers of tensors and pairs, once it is known that the file has room for them.
Result<Counts> readCounts(CheckedCursor& cursor)
{
    const auto tensors = readCount(cursor, "tensors");
    if (!tensors)
        return fail(tensors.error());
    const auto pairs = readCount(cursor, "keys");
    if (!pairs)
        return fail(pairs.error());
    // Below kMaxGgufEntries neither the products nor their sum can overflow.
    const std::uint64_t smallest = *tensors * kSmallestTensorInfo.value + *pairs * kSmallestPair.value;
    const std::string what = std::to_string(*tensors) + " tensors and " + std::to_string(*pairs) + " keys";
    if (auto room = cursor.expect(1, Bytes{smallest}, what); !room)
        return fail(std::move(room).error());
    return Counts{*tensors, *pairs};
}

/// Each tensor begins where the one before ends, at the next multiple of the alignment. Gives the size of the data with
/// all paddings.
Result<std::uint64_t> checkPlaces(const std::vector<TensorEntry>& tensors, std::uint64_t alignment)
{
    std::uint64_t end = 0;
    for (const TensorEntry& entry : tensors) {
        const std::uint64_t begin = entry.range.begin;
        if (begin != end) {
            return invalid("tensor " + quotedName(entry.name) + " begins at " + std::to_string(begin)
                + ", the data before it and their padding to " + std::to_string(alignment) + " end at "
                + std::to_string(end) + (begin < end ? ": an overlap" : ": a hole"));
        }
        const auto unpadded = checkedAdd(begin, entry.range.size.value);
        if (!unpadded || !checkedAdd(*unpadded, alignment - 1))
            return invalid("tensor " + quotedName(entry.name) + " ends beyond 2^64");
        end = alignUp(*unpadded, alignment);
    }
    return end;
}

/// `padded` is what checkPlaces() gave. After this, no sum over a tensor's place can overflow.
Result<> checkInside(
    const std::vector<TensorEntry>& tensors, std::uint64_t padded, std::uint64_t dataBegin, std::uint64_t fileSize)
{
    const std::uint64_t room = fileSize > dataBegin ? fileSize - dataBegin : 0;
    const auto isOutside = [&](const TensorEntry& entry) { return dataBegin > fileSize || entry.range.end() > room; };
    if (const auto outside = std::ranges::find_if(tensors, isOutside); outside != tensors.end()) {
        const auto required = checkedAdd(dataBegin, tensors.back().range.end());
        if (!required)
            return invalid("tensor " + quotedName(tensors.back().name) + " ends beyond 2^64");
        return fail(ErrorCode::FileTruncated,
            "tensor " + quotedName(outside->name) + " ends behind the file: the header describes "
                + toExactText(Bytes{*required}) + ", the file has " + toExactText(Bytes{fileSize}),
            {.required = Bytes{*required}, .available = Bytes{fileSize}});
    }
    if (room > padded) {
        return fail(ErrorCode::InvalidFormat,
            toExactText(Bytes{room - padded}) + " of no tensor at the end of the file",
            {.defect = FileDefect::TrailingBytes});
    }
    return {};
}

Bytes sumOfSizes(const std::vector<TensorEntry>& tensors)
{
    return std::accumulate(tensors.begin(), tensors.end(), Bytes{},
        [](Bytes sum, const TensorEntry& entry) { return sum + entry.range.size; });
}

Result<TensorIndex> placeInFile(
    std::vector<TensorEntry> tensors, GgufMetadata metadata, std::uint64_t headerEnd, Bytes fileSize)
{
    // Neither the header's limit nor an alignment of 32 bits comes near an overflow.
    const std::uint64_t dataBegin = alignUp(headerEnd, metadata.alignment);
    const auto padded = checkPlaces(tensors, metadata.alignment);
    if (!padded)
        return fail(padded.error());
    if (auto inside = checkInside(tensors, *padded, dataBegin, fileSize.value); !inside)
        return fail(std::move(inside).error());
    for (TensorEntry& entry : tensors)
        entry.range.begin += dataBegin;
    const Bytes dataSize = sumOfSizes(tensors);
    // A file without tensors need not be padded.
    return TensorIndex{FileFormat::Gguf, std::move(tensors), std::move(metadata.texts),
        std::min(Bytes{dataBegin}, fileSize), dataSize};
}

Result<TensorIndex> readAll(const ByteSource& source)
{
    CheckedCursor cursor{source, kMaxGgufHeader};
    if (auto magic = readMagic(cursor); !magic)
        return fail(std::move(magic).error());
    if (auto version = readVersion(cursor); !version)
        return fail(std::move(version).error());
    const auto counts = readCounts(cursor);
    if (!counts)
        return fail(counts.error());
    auto metadata = readGgufMetadata(cursor, counts->pairs);
    if (!metadata)
        return fail(std::move(metadata).error());
    auto tensors = readGgufTensorInfos(cursor, counts->tensors, *metadata);
    if (!tensors)
        return fail(std::move(tensors).error());
    return placeInFile(std::move(*tensors), std::move(*metadata), cursor.position(), source.size());
}

} // namespace

Result<TensorIndex> readGguf(const ByteSource& source)
{
    auto index = readAll(source);
    if (!index && index.error().context.path.empty())
        index.error().context.path = source.path().string();
    return index;
}

} // namespace weightroom::engine
