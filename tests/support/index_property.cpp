// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/index_property.h"

#include "model_engine/formats/format_reader.h"

#include "tests/support/memory_source.h"

#include <fstream>
#include <iterator>
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
    const engine::DtypeTraits& traits = engine::traitsOf(entry.dtype);
    const Wide bits = elements / traits.elementsPerBlock * traits.bitsPerBlock;
    const bool isSame = elements % traits.elementsPerBlock == 0 && bits == Wide{entry.range.size.value} * 8;
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

engine::Bytes sumOfSizes(const TensorIndex& index)
{
    engine::Bytes sum;
    for (const TensorEntry& entry : index.tensors)
        sum += entry.range.size;
    return sum;
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
    if (index.headerSize > fileSize || index.dataSize != sumOfSizes(index))
        return "header and data are not the file";
    if (auto wrong = wrongEntry(index, fileSize); !wrong.empty())
        return wrong;
    return untiled(index, fileSize);
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
