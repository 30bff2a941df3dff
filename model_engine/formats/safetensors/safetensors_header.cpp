// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/safetensors/safetensors_header.h"

#include "model_engine/formats/quoted_name.h"
#include "model_engine/formats/safetensors/safetensors_plain_table.h"
#include "model_engine/formats/safetensors/safetensors_text.h"
#include "model_engine/formats/safetensors/seen_keys.h"

#include <simdjson.h>

#include <algorithm>
#include <iterator>
#include <optional>

namespace weightroom::engine {
namespace {

namespace dom = simdjson::dom;

static_assert(kSafetensorsReadAhead >= simdjson::SIMDJSON_PADDING);

/// A valid header has three levels; the rest is room for unknown fields. The reference library stops at 128.
constexpr std::size_t kMaxNesting = 128;
/// What the parser must be told at least, or it allocates nothing.
constexpr std::size_t kSmallestCapacity = 64;
constexpr std::string_view kMetadataKey = "__metadata__";

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

tl::unexpected<Error> standsTwice(std::string_view what, std::string_view key)
{
    return invalid(std::string{what} + " " + quotedName(key) + " stands twice");
}

/// Fails when one key stands twice. The keys are compared as they read after unescaping.
Result<> checkKeysUnique(const dom::object& object, std::string_view what)
{
    // The parser's own count stops at 2^24-1.
    SeenKeys seen{static_cast<std::size_t>(std::distance(object.begin(), object.end()))};
    for (const dom::key_value_pair member : object) {
        if (!seen.insert(member.key))
            return standsTwice(what, member.key);
    }
    return {};
}

/// The same for the fields of a tensor, of which a file has a thousand times three.
Result<> checkFieldsUnique(const dom::object& object)
{
    constexpr std::size_t kFew = 8;
    if (object.size() > kFew)
        return checkKeysUnique(object, "the field");
    for (auto member = object.begin(); member != object.end(); ++member) {
        for (auto other = object.begin(); other != member; ++other) {
            if (other.key() == member.key())
                return standsTwice("the field", member.key());
        }
    }
    return {};
}

Result<std::vector<std::uint64_t>> numbersOf(const dom::element& value)
{
    dom::array items;
    if (value.get(items) != simdjson::SUCCESS)
        return invalid("is not a list");
    std::vector<std::uint64_t> numbers;
    numbers.reserve(items.size());
    for (const dom::element item : items) {
        std::uint64_t number = 0;
        if (item.get(number) != simdjson::SUCCESS)
            return invalid("holds something other than a whole number from 0 to 2^64-1");
        numbers.push_back(number);
    }
    return numbers;
}

Result<Dtype> dtypeOf(const dom::element& value)
{
    std::string_view name;
    if (value.get(name) != simdjson::SUCCESS)
        return invalid("is not a text");
    if (const auto dtype = dtypeFromSafetensors(name))
        return *dtype;
    return fail(ErrorCode::UnknownDtype, "is " + quotedName(name) + ", a type that is not known");
}

Result<ByteRange> rangeOf(const dom::element& value)
{
    auto offsets = numbersOf(value);
    if (!offsets)
        return fail(std::move(offsets).error());
    if (offsets->size() != 2)
        return invalid("has " + std::to_string(offsets->size()) + " numbers instead of 2");
    const std::uint64_t begin = offsets->front();
    const std::uint64_t end = offsets->back();
    if (end < begin)
        return invalid("ends at " + std::to_string(end) + ", before its begin at " + std::to_string(begin));
    return ByteRange{begin, Bytes{end - begin}};
}

/// Type × shape = bytes.
Result<> checkSize(const TensorEntry& entry)
{
    const auto elements = entry.shape.elements();
    const auto bits = elements ? checkedMultiply(*elements, traitsOf(entry.dtype).bitsPerBlock) : std::nullopt;
    if (!bits)
        return invalid("its size overflows 64 bits");
    const auto size = bytesOf(entry.dtype, *elements);
    if (size == entry.range.size)
        return {};
    const std::string what = std::to_string(*elements) + " elements of " + std::string{toText(entry.dtype)};
    if (!size)
        return invalid(what + " do not fill whole bytes");
    return invalid(what + " take " + std::to_string(size->value) + " bytes, its data_offsets hold "
        + std::to_string(entry.range.size.value));
}

/// A field that must be there, read by `read`; errors name it.
template <class T>
Result<T> readField(const dom::object& object, std::string_view name, Result<T> (*read)(const dom::element&))
{
    dom::element value;
    if (object.at_key(name).get(value) != simdjson::SUCCESS)
        return invalid("the field " + quotedName(name) + " is missing");
    auto result = read(value);
    if (!result)
        result.error().detail = "the field " + quotedName(name) + " " + result.error().detail;
    return result;
}

Result<TensorEntry> readFields(const dom::object& object)
{
    if (auto unique = checkFieldsUnique(object); !unique)
        return fail(std::move(unique).error());
    auto dtype = readField(object, "dtype", dtypeOf);
    if (!dtype)
        return fail(std::move(dtype).error());
    auto shape = readField(object, "shape", numbersOf);
    if (!shape)
        return fail(std::move(shape).error());
    auto range = readField(object, "data_offsets", rangeOf);
    if (!range)
        return fail(std::move(range).error());
    return TensorEntry{{}, *dtype, Shape{std::move(*shape)}, *range};
}

Result<TensorEntry> readEntry(std::string_view name, const dom::element& value)
{
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS)
        return invalid("its entry is not an object");
    auto entry = readFields(object);
    if (!entry)
        return entry;
    if (auto checked = checkSize(*entry); !checked)
        return fail(std::move(checked).error());
    entry->name = name;
    return entry;
}

Result<> addTensor(SafetensorsHeader& header, const dom::key_value_pair& member)
{
    auto entry = readEntry(member.key, member.value);
    if (!entry) {
        Error error = std::move(entry).error();
        error.detail = "tensor " + quotedName(member.key) + ": " + error.detail;
        return fail(std::move(error));
    }
    header.tensors.push_back(std::move(*entry));
    return {};
}

Result<> addMetadata(HeaderMetadata& metadata, const dom::element& value)
{
    if (value.is_null())
        return {};
    dom::object object;
    if (value.get(object) != simdjson::SUCCESS)
        return invalid("__metadata__ is not an object");
    if (auto unique = checkKeysUnique(object, "the key of __metadata__"); !unique)
        return unique;
    for (const dom::key_value_pair member : object) {
        std::string_view text;
        if (member.value.get(text) != simdjson::SUCCESS)
            return invalid("the value of " + quotedName(member.key) + " in __metadata__ is not a text");
        metadata.emplace(member.key, text);
    }
    return {};
}

Result<SafetensorsHeader> readMembers(const dom::object& members)
{
    if (auto unique = checkKeysUnique(members, "the name"); !unique)
        return fail(std::move(unique).error());
    SafetensorsHeader header;
    header.tensors.reserve(members.size());
    for (const dom::key_value_pair member : members) {
        const bool isMetadata = member.key == kMetadataKey;
        auto added = isMetadata ? addMetadata(header.metadata, member.value) : addTensor(header, member);
        if (!added)
            return fail(std::move(added).error());
    }
    return header;
}

/// Parses a text and gives its root to `use`, while the parser keeps it.
template <class T>
Result<T> parse(std::string_view json, Result<T> (*use)(const dom::element& root))
{
    // A scan's thread parses one header after the other: its memory stays, unless it was a giant's.
    constexpr std::size_t kMostKept = 4 * 1024 * 1024;
    thread_local dom::parser kept;
    dom::parser once;
    dom::parser& parser = json.size() > kMostKept ? once : kept;
    const std::size_t capacity = std::max(json.size(), kSmallestCapacity);
    if (parser.capacity() < capacity && parser.allocate(capacity, kMaxNesting) != simdjson::SUCCESS)
        return fail(
            ErrorCode::OutOfHostMemory, "no memory to parse a header of " + std::to_string(json.size()) + " bytes");
    dom::element root;
    if (const auto error = parser.parse(json.data(), json.size(), false).get(root); error != simdjson::SUCCESS)
        return invalid(std::string{"the header is not valid JSON: "} + simdjson::error_message(error));
    return use(root);
}

Result<SafetensorsHeader> headerOf(const dom::element& root)
{
    dom::object members;
    if (root.get(members) != simdjson::SUCCESS)
        return invalid("the header is not a JSON object");
    return readMembers(members);
}

Result<HeaderMetadata> metadataOf(const dom::element& root)
{
    HeaderMetadata metadata;
    if (auto added = addMetadata(metadata, root); !added)
        return fail(std::move(added).error());
    return metadata;
}

/// Of a text in the usual form; nothing for others and for what is wrong.
std::optional<SafetensorsHeader> readPlain(std::string_view json, std::vector<TensorEntry> used)
{
    const auto parts = partsOf(json);
    auto tensors = parts ? readPlainTable(parts->tensors, std::move(used)) : std::nullopt;
    auto metadata = tensors ? parseSafetensorsMetadata(parts->metadata) : Result<HeaderMetadata>{};
    if (!tensors || !metadata)
        return std::nullopt;
    return SafetensorsHeader{std::move(*tensors), std::move(*metadata)};
}

} // namespace

Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view json, std::vector<TensorEntry> used)
{
    if (auto plain = readPlain(json, std::move(used)))
        return std::move(*plain);
    return parse<SafetensorsHeader>(json, headerOf);
}

Result<HeaderMetadata> parseSafetensorsMetadata(std::string_view json)
{
    return json.empty() ? Result<HeaderMetadata>{} : parse<HeaderMetadata>(json, metadataOf);
}

} // namespace weightroom::engine
