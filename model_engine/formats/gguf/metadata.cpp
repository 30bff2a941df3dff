// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/metadata.h"

#include "model_engine/core/json.h"
#include "model_engine/core/utf8.h"
#include "model_engine/formats/gguf/value_types.h"
#include "model_engine/formats/quoted_name.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

namespace weightroom::engine {
namespace {

constexpr std::string_view kAlignmentKey = "general.alignment";
constexpr std::string_view kOriginalShapeKey = "comfy.gguf.orig_shape.";
constexpr std::uint64_t kSmallestAlignment = 8;
constexpr std::uint64_t kMostNatural = std::numeric_limits<std::int64_t>::max();

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

enum class Arity : std::uint8_t { One, List };

struct Value {
    const GgufValueTraits* traits = nullptr; ///< of the value, or of the values of a list
    Arity arity = Arity::One;
    std::uint64_t count = 1; ///< of the values of a list
    std::string text;
    std::vector<std::uint64_t> numbers; ///< bits of a number, or of those of a list that is kept
};

Result<std::string> readText(CheckedCursor& cursor)
{
    const auto length = cursor.readNumber(8, "the length of its text");
    if (!length)
        return fail(length.error());
    return cursor.readText(*length, "its text");
}

Result<const GgufValueTraits*> readTraits(CheckedCursor& cursor)
{
    const auto type = cursor.readNumber(4, "the type of its value");
    if (!type)
        return fail(type.error());
    const GgufValueTraits* traits = findGgufValueTraits(*type);
    if (traits == nullptr)
        return invalid("its value has the type " + std::to_string(*type) + ", which GGUF does not have");
    return traits;
}

Result<std::uint64_t> readBits(CheckedCursor& cursor, const GgufValueTraits& traits)
{
    auto bits = cursor.readNumber(traits.size, "its value");
    if (bits && traits.kind == GgufValueKind::Bool && *bits > 1)
        return invalid("a boolean of it has the value " + std::to_string(*bits));
    return bits;
}

/// Reads one value into `value`, behind those that are there.
Result<> addOne(CheckedCursor& cursor, Value& value)
{
    std::string shown;
    if (value.traits->kind == GgufValueKind::Text) {
        auto text = readText(cursor);
        if (!text)
            return fail(std::move(text).error());
        shown = value.arity == Arity::One ? toValidUtf8(*text) : writeJson(Json(std::move(*text)));
    } else {
        const auto bits = readBits(cursor, *value.traits);
        if (!bits)
            return fail(bits.error());
        shown = textOf(*value.traits, *bits);
        value.numbers.push_back(extendSign(*value.traits, *bits));
    }
    const bool isFirst = value.text.size() <= 1; // nothing yet, or the bracket
    value.text.append(isFirst ? "" : ", ").append(shown);
    return {};
}

/// Values that are not kept are looked at where their bytes can be wrong.
Result<> skipValues(CheckedCursor& cursor, const GgufValueTraits& traits, std::uint64_t count)
{
    if (traits.kind != GgufValueKind::Text && traits.kind != GgufValueKind::Bool)
        return cursor.skip(count * traits.size, "its list"); // the product was checked when room was asked for
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto number = readBits(cursor, traits);
        if (!number)
            return fail(number.error());
        if (traits.kind == GgufValueKind::Bool)
            continue;
        if (auto skipped = cursor.skip(*number, "a text of its list"); !skipped)
            return skipped;
    }
    return {};
}

Result<> readList(CheckedCursor& cursor, Value& value)
{
    const auto traits = readTraits(cursor);
    if (!traits)
        return fail(traits.error());
    if ((*traits)->kind == GgufValueKind::List)
        return invalid("it is a list of lists");
    const auto count = cursor.readNumber(8, "the number of its values");
    if (!count)
        return fail(count.error());
    if (auto room = cursor.expect(*count, Bytes{(*traits)->size}, "its list"); !room)
        return room;
    value.traits = *traits;
    value.arity = Arity::List;
    value.count = *count;
    if (*count > kGgufListShown) {
        value.text = "[" + std::to_string(*count) + " values]";
        return skipValues(cursor, **traits, *count);
    }
    value.text = "[";
    for (std::uint64_t i = 0; i < *count; ++i) {
        if (auto added = addOne(cursor, value); !added)
            return added;
    }
    value.text += "]";
    return {};
}

Result<Value> readValue(CheckedCursor& cursor)
{
    Value value;
    const auto traits = readTraits(cursor);
    if (!traits)
        return fail(traits.error());
    value.traits = *traits;
    auto read = value.traits->kind == GgufValueKind::List ? readList(cursor, value) : addOne(cursor, value);
    if (!read)
        return fail(std::move(read).error());
    return value;
}

Result<std::uint64_t> alignmentOf(const Value& value)
{
    if (value.arity != Arity::One || value.traits->type != GgufValueType::U32)
        return invalid("the alignment is not a number of the type u32");
    const std::uint64_t alignment = value.numbers.front();
    if (alignment < kSmallestAlignment || !std::has_single_bit(alignment))
        return invalid("the alignment is " + value.text + ", not a power of two from 8 on");
    return alignment;
}

Result<Shape> originalShapeOf(const Value& value)
{
    const bool isInteger = value.traits->kind == GgufValueKind::Unsigned || value.traits->kind == GgufValueKind::Signed;
    if (value.arity != Arity::List || !isInteger)
        return invalid("the original shape is not a list of integers");
    if (value.count > kMaxGgufDimensions) {
        return invalid("the original shape has " + std::to_string(value.count) + " dimensions, the limit is "
            + std::to_string(kMaxGgufDimensions));
    }
    const auto isNegative = [](std::uint64_t number) { return number > kMostNatural; };
    if (std::ranges::any_of(value.numbers, isNegative))
        return invalid("the original shape is " + value.text);
    return Shape{value.numbers};
}

/// Takes from a value what reading tensors needs.
Result<> interpret(const std::string& key, const Value& value, GgufMetadata& metadata)
{
    if (key == kAlignmentKey) {
        const auto alignment = alignmentOf(value);
        if (!alignment)
            return fail(alignment.error());
        metadata.alignment = *alignment;
    }
    if (key.starts_with(kOriginalShapeKey)) {
        auto shape = originalShapeOf(value);
        if (!shape)
            return fail(std::move(shape).error());
        metadata.originalShapes.emplace(key.substr(kOriginalShapeKey.size()), std::move(*shape));
    }
    return {};
}

Result<> addPair(CheckedCursor& cursor, const std::string& key, GgufMetadata& metadata)
{
    if (metadata.texts.contains(key))
        return invalid("it stands twice");
    auto value = readValue(cursor);
    if (!value)
        return fail(std::move(value).error());
    if (auto interpreted = interpret(key, *value, metadata); !interpreted)
        return interpreted;
    metadata.texts.emplace(key, std::move(value->text));
    return {};
}

} // namespace

Result<std::string> readGgufName(CheckedCursor& cursor, std::string_view what)
{
    const auto length = cursor.readNumber(8, "the length of " + std::string{what});
    if (!length)
        return fail(length.error());
    if (*length > kLongestGgufName) {
        return invalid(std::string{what} + " claims " + std::to_string(*length) + " bytes, the limit is "
            + std::to_string(kLongestGgufName));
    }
    auto name = cursor.readText(*length, what);
    if (name && !isValidUtf8(*name))
        return invalid(std::string{what} + " is not UTF-8");
    return name;
}

Result<GgufMetadata> readGgufMetadata(CheckedCursor& cursor, std::uint64_t count)
{
    GgufMetadata metadata;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::string what = "key " + std::to_string(i + 1) + " of " + std::to_string(count);
        const auto key = readGgufName(cursor, what);
        if (!key)
            return fail(key.error());
        if (key->empty())
            return invalid(what + " is empty");
        if (auto added = addPair(cursor, *key, metadata); !added) {
            Error error = std::move(added).error();
            error.detail = "key " + quotedName(*key) + ": " + error.detail;
            return fail(std::move(error));
        }
    }
    return metadata;
}

} // namespace weightroom::engine
