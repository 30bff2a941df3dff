// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/safetensors_header.h"

#include "model_engine/formats/quoted_name.h"

#include <simdjson.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <optional>
#include <random>

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

/// Another one in each run: nobody can write a file whose names all fall into one slot.
std::uint64_t hashSeed()
{
    static const std::uint64_t seed = (std::uint64_t{std::random_device{}()} << 32U) | std::random_device{}();
    return seed;
}

/// Texts that were seen. It compares few of them: names of tensors begin alike for a hundred
/// letters, and sorting them took longer than parsing.
class SeenKeys {
public:
    explicit SeenKeys(std::size_t most)
        : m_slots(std::bit_ceil(2 * most + 1))
    {
        m_keys.reserve(most);
    }
    /// False when it was there already.
    [[nodiscard]] bool insert(std::string_view key)
    {
        const std::size_t mask = m_slots.size() - 1;
        std::size_t slot = ::XXH3_64bits_withSeed(key.data(), key.size(), hashSeed()) & mask;
        for (; m_slots[slot] != 0; slot = (slot + 1) & mask) {
            if (m_keys[m_slots[slot] - 1] == key)
                return false;
        }
        m_keys.push_back(key);
        m_slots[slot] = static_cast<std::uint32_t>(m_keys.size());
        return true;
    }

private:
    std::vector<std::string_view> m_keys;
    std::vector<std::uint32_t> m_slots; ///< numbers of keys, counted from 1; 0: free
};

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

Result<> addMetadata(SafetensorsHeader& header, const dom::element& value)
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
        header.metadata.emplace(member.key, text);
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
        auto added = member.key == kMetadataKey ? addMetadata(header, member.value) : addTensor(header, member);
        if (!added)
            return fail(std::move(added).error());
    }
    return header;
}

} // namespace

Result<SafetensorsHeader> parseSafetensorsHeader(const std::string& json)
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
    if (const auto error = parser.parse(json).get(root); error != simdjson::SUCCESS)
        return invalid(std::string{"the header is not valid JSON: "} + simdjson::error_message(error));
    dom::object members;
    if (root.get(members) != simdjson::SUCCESS)
        return invalid("the header is not a JSON object");
    return readMembers(members);
}

} // namespace weightroom::engine
