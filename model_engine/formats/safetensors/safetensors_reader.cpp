// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/safetensors/safetensors_reader.h"

#include "model_engine/formats/quoted_name.h"
#include "model_engine/formats/safetensors/safetensors_header.h"

#include <algorithm>
#include <tuple>

namespace weightroom::engine {
namespace {

tl::unexpected<Error> tooShort(std::string detail, Bytes required, Bytes available)
{
    return fail(ErrorCode::FileTruncated, std::move(detail), {.required = required, .available = available});
}

/// By position; an empty tensor stands before the one that begins where it lies.
void sortByPosition(std::vector<TensorEntry>& tensors)
{
    const auto position = [](const TensorEntry& entry) {
        return std::tuple<std::uint64_t, std::uint64_t, std::string_view>{
            entry.range.begin, entry.range.size.value, entry.name};
    };
    // Most writers describe them in this order.
    if (!std::ranges::is_sorted(tensors, {}, position))
        std::ranges::sort(tensors, {}, position);
}

/// Each tensor begins where the one before ends: no byte belongs to two tensors and none to nobody.
Result<> checkTiling(const std::vector<TensorEntry>& sorted)
{
    std::uint64_t end = 0;
    for (const TensorEntry& entry : sorted) {
        const std::uint64_t begin = entry.range.begin;
        if (begin != end) {
            return fail(ErrorCode::InvalidFormat,
                "tensor " + quotedName(entry.name) + " begins at " + std::to_string(begin)
                    + ", the data before it end at " + std::to_string(end)
                    + (begin < end ? ": an overlap" : ": a hole"));
        }
        end = entry.range.end();
    }
    return {};
}

/// The data of tiled tensors fill the file from `headerSize` to its end. After this, header + end cannot overflow.
Result<> checkInside(const std::vector<TensorEntry>& sorted, Bytes headerSize, Bytes fileSize)
{
    const Bytes room = fileSize - headerSize;
    const auto outside =
        std::ranges::find_if(sorted, [room](const TensorEntry& entry) { return entry.range.end() > room.value; });
    if (outside != sorted.end()) {
        const auto required = checkedAdd(headerSize.value, sorted.back().range.end());
        if (!required)
            return fail(ErrorCode::InvalidFormat, "tensor " + quotedName(sorted.back().name) + " ends beyond 2^64");
        return tooShort("tensor " + quotedName(outside->name) + " ends behind the file: the header describes "
                + toExactText(Bytes{*required}) + ", the file has " + toExactText(fileSize),
            Bytes{*required}, fileSize);
    }
    const std::uint64_t end = sorted.empty() ? 0 : sorted.back().range.end();
    if (end != room.value) {
        return fail(ErrorCode::InvalidFormat, toExactText(room - Bytes{end}) + " of no tensor at the end of the file",
            {.defect = FileDefect::TrailingBytes});
    }
    return {};
}

Result<TensorIndex> placeInFile(SafetensorsHeader header, Bytes headerSize, Bytes fileSize)
{
    sortByPosition(header.tensors);
    if (auto tiled = checkTiling(header.tensors); !tiled)
        return fail(std::move(tiled).error());
    if (auto inside = checkInside(header.tensors, headerSize, fileSize); !inside)
        return fail(std::move(inside).error());
    for (TensorEntry& entry : header.tensors)
        entry.range.begin += headerSize.value;
    return TensorIndex{FileFormat::Safetensors, std::move(header.tensors), std::move(header.metadata), headerSize,
        fileSize - headerSize};
}

} // namespace

Result<TensorIndex> parseSafetensors(const SafetensorsText& text, std::vector<TensorEntry> used)
{
    auto header = parseSafetensorsHeader(text.json, std::move(used));
    if (!header)
        return fail(std::move(header).error());
    return placeInFile(std::move(*header), text.headerSize, text.fileSize);
}

Bytes claimedSafetensorsHeader(std::span<const std::byte, 8> field)
{
    std::uint64_t length = 0;
    for (std::size_t i = field.size(); i-- > 0;)
        length = (length << 8U) | std::to_integer<std::uint64_t>(field[i]);
    return Bytes{length};
}

Result<TensorIndex> readSafetensors(const ByteSource& source)
{
    const auto text = readSafetensorsText(source);
    auto index = text ? parseSafetensors(*text) : Result<TensorIndex>{fail(text.error())};
    if (!index && index.error().context.path.empty())
        index.error().context.path = source.path().string();
    return index;
}

} // namespace weightroom::engine
