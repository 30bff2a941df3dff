// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/index_property.h"

#include "model_engine/formats/format_reader.h"

#include "tests/support/memory_source.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>

namespace weightroom::test {
namespace {

using engine::TensorEntry;
using engine::TensorIndex;
__extension__ using Wide = unsigned __int128; ///< no sum and no product of two 64-bit numbers wraps here

/// The product of the dimensions, or nothing. Independent of the engine's checked arithmetic: the number must fit into
/// 64 bits at every factor, so the product of two such numbers never wraps.
std::optional<Wide> elementsOf(const TensorEntry& entry)
{
    Wide elements = 1;
    for (const std::uint64_t dimension : entry.shape.dimensions) {
        elements *= dimension;
        if (elements > ~std::uint64_t{0})
            return std::nullopt;
    }
    return elements;
}

/// Elements from the first to the last of a strided view, or nothing when it is none.
std::optional<Wide> spanOf(const TensorEntry& entry)
{
    if (entry.strides.size() != entry.shape.rank())
        return std::nullopt;
    Wide last = 0;
    for (std::size_t i = 0; i < entry.strides.size(); ++i) {
        if (entry.shape.dimensions[i] == 0)
            return std::nullopt;
        last += Wide{entry.shape.dimensions[i] - 1} * entry.strides[i];
        if (last > ~std::uint64_t{0})
            return std::nullopt;
    }
    return last + 1;
}

/// Strides are given only where they say something.
bool isOrdinary(const TensorEntry& entry)
{
    Wide expected = 1;
    for (std::size_t i = entry.strides.size(); i-- > 0;) {
        if (entry.shape.dimensions[i] != 1 && entry.strides[i] != expected)
            return false;
        expected *= entry.shape.dimensions[i];
    }
    return true;
}

/// Bits of so many elements, or nothing when they fill no whole number of blocks.
std::optional<Wide> bitsOf(engine::Dtype dtype, Wide elements)
{
    const engine::DtypeTraits& traits = engine::traitsOf(dtype);
    if (elements % traits.elementsPerBlock != 0)
        return std::nullopt;
    return elements / traits.elementsPerBlock * traits.bitsPerBlock;
}

std::string sizeMismatch(const TensorEntry& entry)
{
    const auto elements = elementsOf(entry);
    const auto span = entry.strides.empty() ? elements : spanOf(entry);
    if (!elements || !span)
        return "'" + entry.name + "' has a size beyond 64 bits, or strides that do not fit its shape";
    if (!entry.strides.empty() && isOrdinary(entry))
        return "'" + entry.name + "' has strides and is contiguous";
    const bool isSame = bitsOf(entry.dtype, *span) == Wide{entry.range.size.value} * 8
        && bitsOf(entry.dtype, *elements) == Wide{contiguousSize(entry).value} * 8;
    return isSame ? "" : "'" + entry.name + "' is not as large as its shape";
}

std::string outsideFile(const TensorEntry& entry, engine::Bytes headerSize, engine::Bytes fileSize)
{
    const bool isInside = entry.range.begin >= headerSize.value
        && Wide{entry.range.begin} + entry.range.size.value <= Wide{fileSize.value};
    return isInside ? "" : "'" + entry.name + "' lies outside the data";
}

/// What tensors must begin at a multiple of: in GGUF files, which may have holes only for its sake.
std::uint64_t alignmentOf(const TensorIndex& index)
{
    const auto told = index.metadata.find("general.alignment");
    if (index.format != engine::FileFormat::Gguf)
        return 1;
    return told == index.metadata.end() ? 32 : std::stoull(told->second);
}

/// Begin and end of what is not empty: the next multiple of the alignment behind one must be the begin of the next.
std::string untiled(const TensorIndex& index, engine::Bytes fileSize)
{
    std::map<std::uint64_t, std::uint64_t> pieces;
    for (const TensorEntry& entry : index.tensors) {
        if (entry.range.size.value > 0 && !pieces.emplace(entry.range.begin, entry.range.end()).second)
            return "two tensors begin at " + std::to_string(entry.range.begin);
    }
    const std::uint64_t alignment = alignmentOf(index);
    const auto padded = [alignment](std::uint64_t position) {
        return (Wide{position} + alignment - 1) / alignment * alignment;
    };
    std::uint64_t position = index.headerSize.value;
    for (const auto& [begin, end] : pieces) {
        if (begin != padded(position))
            return "a hole or an overlap at " + std::to_string(position);
        position = end;
    }
    const bool isWhole = position <= fileSize.value && padded(position) >= fileSize.value;
    return isWhole ? "" : "the data end at " + std::to_string(position);
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

/// The sum of the sizes, which may be as large as `most`.
std::string wrongSum(const TensorIndex& index, Wide most)
{
    Wide sum = 0;
    for (const TensorEntry& entry : index.tensors)
        sum += contiguousSize(entry).value;
    if (sum != Wide{index.dataSize.value})
        return "the sum of the sizes is wrong";
    return sum <= most ? "" : "the tensors are larger than the file allows";
}

std::string brokenTiling(const TensorIndex& index, engine::Bytes fileSize)
{
    const auto wrong = wrongSum(index, fileSize.value);
    return wrong.empty() ? untiled(index, fileSize) : wrong;
}

} // namespace

std::string brokenPromise(const TensorIndex& index, engine::Bytes fileSize)
{
    if (index.headerSize > fileSize)
        return "the header is larger than the file";
    if (auto wrong = wrongEntry(index, fileSize); !wrong.empty())
        return wrong;
    switch (index.format) {
    case engine::FileFormat::Safetensors:
    case engine::FileFormat::Gguf:
        return brokenTiling(index, fileSize);
    case engine::FileFormat::TorchZip:
    case engine::FileFormat::TorchLegacy: // bytes may be shared, but not so often that a small file becomes large
        return wrongSum(index, std::max(Wide{fileSize.value} * 4, Wide{engine::kMiB.value} * 16));
    case engine::FileFormat::Diffusers: // is read from several files
    case engine::FileFormat::Unknown:
        break;
    }
    return "no format of a file";
}

std::string wrongAnswer(const std::string& content)
{
    const MemorySource source{content};
    const auto index = engine::readTensorIndex(source);
    if (index)
        return brokenPromise(*index, source.size());
    return index.error().detail.empty() ? "refused without a word" : "";
}

std::string wrongAnswerToFlippedBits(const std::string& content)
{
    for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
        std::string file = content;
        file[bit / 8] = static_cast<char>(static_cast<unsigned char>(file[bit / 8]) ^ (1U << (bit % 8)));
        if (const std::string wrong = wrongAnswer(file); !wrong.empty())
            return "bit " + std::to_string(bit) + ": " + wrong;
    }
    return {};
}

std::string wrongAnswerToCorpus(const std::filesystem::path& folder)
{
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        std::ifstream stream{entry.path(), std::ios::binary};
        const std::string content{std::istreambuf_iterator<char>{stream}, {}};
        if (const std::string wrong = wrongAnswer(content); !wrong.empty())
            return entry.path().filename().string() + ": " + wrong;
        ++files;
    }
    return files > 0 ? "" : "no files in " + folder.string();
}

} // namespace weightroom::test
