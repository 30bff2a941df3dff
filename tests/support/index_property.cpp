// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/index_property.h"

#include <map>
#include <set>

namespace weightroom::test {
namespace {

using engine::TensorEntry;
using engine::TensorIndex;
__extension__ using Wide = unsigned __int128; ///< no sum and no product of two 64-bit numbers wraps here

/// Independent of the engine's checked arithmetic. The number of elements must fit into 64 bits at every factor, so the
/// product of two such numbers never wraps.
std::string sizeMismatch(const TensorEntry& entry)
{
    Wide elements = 1;
    for (const std::uint64_t dimension : entry.shape.dimensions) {
        elements *= dimension;
        if (elements > ~std::uint64_t{0})
            return "the size of '" + entry.name + "' does not fit into 64 bits";
    }
    const Wide bits = elements * engine::traitsOf(entry.dtype).bitsPerBlock;
    return bits == Wide{entry.range.size.value} * 8 ? "" : "'" + entry.name + "' is not as large as its shape";
}

std::string outsideFile(const TensorEntry& entry, engine::Bytes headerSize, engine::Bytes fileSize)
{
    const bool isInside = entry.range.begin >= headerSize.value
        && Wide{entry.range.begin} + entry.range.size.value <= Wide{fileSize.value};
    return isInside ? "" : "'" + entry.name + "' lies outside the data";
}

/// Begin and end of what is not empty: the end of one must be the begin of the next.
std::string untiled(const TensorIndex& index, engine::Bytes fileSize)
{
    std::map<std::uint64_t, std::uint64_t> pieces;
    for (const TensorEntry& entry : index.tensors) {
        if (entry.range.size.value > 0 && !pieces.emplace(entry.range.begin, entry.range.end()).second)
            return "two tensors begin at " + std::to_string(entry.range.begin);
    }
    std::uint64_t position = index.headerSize.value;
    for (const auto& [begin, end] : pieces) {
        if (begin != position)
            return "a hole or an overlap at " + std::to_string(position);
        position = end;
    }
    return position == fileSize.value ? "" : "the data end at " + std::to_string(position);
}

std::string wrongEntry(const TensorIndex& index, engine::Bytes fileSize)
{
    std::set<std::string_view> names;
    for (const TensorEntry& entry : index.tensors) {
        if (!names.insert(entry.name).second)
            return "two tensors are named '" + entry.name + "'";
        if (auto wrong = sizeMismatch(entry); !wrong.empty())
            return wrong;
        if (auto wrong = outsideFile(entry, index.headerSize, fileSize); !wrong.empty())
            return wrong;
    }
    return {};
}

} // namespace

std::string brokenPromise(const TensorIndex& index, engine::Bytes fileSize)
{
    if (index.format == engine::FileFormat::Unknown)
        return "no format";
    if (index.headerSize > fileSize || index.headerSize + index.dataSize != fileSize)
        return "header and data are not the file";
    if (auto wrong = wrongEntry(index, fileSize); !wrong.empty())
        return wrong;
    return untiled(index, fileSize);
}

} // namespace weightroom::test
