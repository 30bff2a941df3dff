// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/tensor_infos.h"

#include "model_engine/formats/quoted_name.h"

#include <algorithm>
#include <limits>

namespace weightroom::engine {
namespace {

constexpr std::uint64_t kLargestDimension = std::numeric_limits<std::int64_t>::max(); // as in ggml

tl::unexpected<Error> invalid(std::string detail) { return fail(ErrorCode::InvalidFormat, std::move(detail)); }

/// The dimensions, outermost first: the file has them the other way round.
Result<Shape> readShape(CheckedCursor& cursor)
{
    const auto rank = cursor.readNumber(4, "the number of its dimensions");
    if (!rank)
        return fail(rank.error());
    if (*rank > kMaxGgufDimensions) {
        return invalid(
            "it has " + std::to_string(*rank) + " dimensions, the limit is " + std::to_string(kMaxGgufDimensions));
    }
    Shape shape;
    shape.dimensions.resize(*rank);
    for (auto dimension = shape.dimensions.rbegin(); dimension != shape.dimensions.rend(); ++dimension) {
        const auto number = cursor.readNumber(8, "a dimension of it");
        if (!number)
            return fail(number.error());
        if (*number > kLargestDimension)
            return invalid("a dimension of it is " + std::to_string(static_cast<std::int64_t>(*number)));
        *dimension = *number;
    }
    return shape;
}

Result<Dtype> readDtype(CheckedCursor& cursor)
{
    const auto type = cursor.readNumber(4, "its type");
    if (!type)
        return fail(type.error());
    if (const auto dtype = dtypeFromGguf(static_cast<std::uint32_t>(*type)))
        return *dtype;
    return fail(ErrorCode::UnknownDtype,
        "it has the type " + std::to_string(*type) + ", which ggml has taken back or which is not known");
}

Result<Bytes> sizeOf(const TensorEntry& entry)
{
    const DtypeTraits& traits = traitsOf(entry.dtype);
    const std::uint64_t row = entry.shape.last().value_or(1);
    if (row % traits.elementsPerBlock != 0) {
        return invalid("its rows of " + std::to_string(row) + " elements do not fill whole blocks of "
            + std::string{traits.ggufName} + ", which have " + std::to_string(traits.elementsPerBlock));
    }
    const auto elements = entry.shape.elements();
    const auto size = elements ? bytesOf(entry.dtype, *elements) : std::nullopt;
    if (!size)
        return invalid("its size overflows 64 bits");
    return *size;
}

/// Gives the tensor the shape that it had before it was reshaped for quantisation.
Result<> restoreShape(TensorEntry& entry, const GgufMetadata& metadata)
{
    const auto original = metadata.originalShapes.find(entry.name);
    if (original == metadata.originalShapes.end())
        return {};
    if (original->second.elements() != entry.shape.elements()) {
        return invalid("its shape " + toText(entry.shape) + " has not as many elements as its original shape "
            + toText(original->second));
    }
    entry.shape = original->second;
    return {};
}

Result<> readFields(CheckedCursor& cursor, TensorEntry& entry)
{
    auto shape = readShape(cursor);
    if (!shape)
        return fail(std::move(shape).error());
    entry.shape = std::move(*shape);
    const auto dtype = readDtype(cursor);
    if (!dtype)
        return fail(dtype.error());
    entry.dtype = *dtype;
    const auto size = sizeOf(entry);
    if (!size)
        return fail(size.error());
    const auto begin = cursor.readNumber(8, "its offset");
    if (!begin)
        return fail(begin.error());
    entry.range = {*begin, *size};
    return {};
}

Result<> readInfo(CheckedCursor& cursor, const GgufMetadata& metadata, TensorEntry& entry)
{
    auto done = readFields(cursor, entry);
    if (done)
        done = restoreShape(entry, metadata);
    if (!done)
        done.error().detail = "tensor " + quotedName(entry.name) + ": " + done.error().detail;
    return done;
}

Result<> checkNamesUnique(const std::vector<TensorEntry>& tensors)
{
    std::vector<std::string_view> names;
    names.reserve(tensors.size());
    for (const TensorEntry& entry : tensors)
        names.push_back(entry.name);
    std::ranges::sort(names);
    if (const auto twice = std::ranges::adjacent_find(names); twice != names.end())
        return invalid("the tensor " + quotedName(*twice) + " stands twice");
    return {};
}

} // namespace

Result<std::vector<TensorEntry>> readGgufTensorInfos(
    CheckedCursor& cursor, std::uint64_t count, const GgufMetadata& metadata)
{
    std::vector<TensorEntry> tensors;
    tensors.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        auto name =
            readGgufName(cursor, "the name of tensor " + std::to_string(i + 1) + " of " + std::to_string(count));
        if (!name)
            return fail(std::move(name).error());
        TensorEntry& entry = tensors.emplace_back();
        entry.name = std::move(*name);
        if (auto read = readInfo(cursor, metadata, entry); !read)
            return fail(std::move(read).error());
    }
    if (auto unique = checkNamesUnique(tensors); !unique)
        return fail(std::move(unique).error());
    return tensors;
}

} // namespace weightroom::engine
