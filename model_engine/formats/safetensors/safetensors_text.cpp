// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/safetensors/safetensors_text.h"

#include "model_engine/formats/safetensors/safetensors_header.h"
#include "model_engine/formats/safetensors/safetensors_reader.h"

#include <algorithm>
#include <array>
#include <memory>

namespace weightroom::engine {
namespace {

tl::unexpected<Error> tooShort(std::string detail, Bytes required, Bytes available)
{
    return fail(ErrorCode::FileTruncated, std::move(detail), {.required = required, .available = available});
}

/// The claimed length, once it is known to lie below the limit and inside the file.
Result<Bytes> readLength(const ByteSource& source)
{
    const Bytes size = source.size();
    if (size < kSafetensorsLengthField) {
        return tooShort("the file has " + toExactText(size) + ", a safetensors file begins with a length of 8 bytes",
            kSafetensorsLengthField, size);
    }
    std::array<std::byte, 8> field{};
    if (auto read = source.readAt(0, field); !read)
        return fail(std::move(read).error());
    const Bytes length = claimedSafetensorsHeader(field);
    if (length > kMaxSafetensorsHeader) {
        return fail(ErrorCode::HeaderTooLarge,
            "the header claims " + toExactText(length) + ", the limit is "
                + std::to_string(kMaxSafetensorsHeader.value),
            {.required = length, .available = kMaxSafetensorsHeader});
    }
    if (length > size - kSafetensorsLengthField) {
        return tooShort(
            "the header claims " + toExactText(length) + " behind the length, the file has " + toExactText(size),
            kSafetensorsLengthField + length, size);
    }
    if (length.value == 0)
        return fail(ErrorCode::InvalidFormat, "the header is empty");
    return length;
}

/// The memory of a thread that reads one header after the other, as a scan's do. It is not cleared in between, and a
/// giant's is given back.
std::span<char> textBuffer(std::size_t length)
{
    constexpr std::size_t kMostKept = (kMiB * 4).value;
    thread_local std::unique_ptr<char[]> buffer; // NOLINT(modernize-avoid-c-arrays): a vector would clear it
    thread_local std::size_t capacity = 0;
    const std::size_t wanted = length + kSafetensorsReadAhead;
    if (capacity < wanted || capacity > kMostKept) {
        buffer.reset();
        capacity = std::max<std::size_t>(wanted, std::size_t{64} * 1024);
        buffer = std::make_unique_for_overwrite<char[]>(capacity); // NOLINT(modernize-avoid-c-arrays)
    }
    std::fill_n(buffer.get() + length, kSafetensorsReadAhead, ' ');
    return {buffer.get(), length};
}

/// Whether the quote at `at` ends a string: an odd number of backslashes in front of it makes it a part of one.
bool endsString(std::string_view text, std::size_t at)
{
    const std::size_t last = text.substr(0, at).find_last_not_of('\\');
    return (at - last) % 2 == 1;
}

/// Behind the object of texts that begins at `begin`; npos where none ends.
std::size_t endOfObject(std::string_view text, std::size_t begin)
{
    bool isInString = false;
    for (std::size_t at = begin + 1;; ++at) {
        at = isInString ? text.find('"', at) : text.find_first_of("\"}", at);
        if (at == std::string_view::npos)
            return at;
        if (text[at] == '}')
            return at + 1;
        if (!isInString || endsString(text, at))
            isInString = !isInString;
    }
}

} // namespace

Result<SafetensorsText> readSafetensorsText(const ByteSource& source)
{
    const auto length = readLength(source);
    if (!length)
        return fail(length.error());
    const std::span<char> text = textBuffer(length->value);
    if (auto read = source.readAt(kSafetensorsLengthField.value, std::as_writable_bytes(text)); !read)
        return fail(std::move(read).error());
    return SafetensorsText{{text.data(), text.size()}, kSafetensorsLengthField + *length, source.size()};
}

std::optional<SafetensorsParts> partsOf(std::string_view json)
{
    constexpr std::string_view kMetadataFirst = "{\"__metadata__\":{";
    constexpr std::string_view kBetween = ",\"";
    if (!json.starts_with(kMetadataFirst)) {
        if (json.starts_with("{\""))
            return SafetensorsParts{{}, json.substr(1)};
        return std::nullopt;
    }
    const std::size_t begin = kMetadataFirst.size() - 1;
    const std::size_t end = endOfObject(json, begin);
    if (end == std::string_view::npos || !json.substr(end).starts_with(kBetween))
        return std::nullopt;
    return SafetensorsParts{json.substr(begin, end - begin), json.substr(end + 1)};
}

} // namespace weightroom::engine
