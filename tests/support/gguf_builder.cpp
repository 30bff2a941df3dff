// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/gguf_builder.h"

#include "tests/support/safetensors_builder.h"

#include <array>
#include <functional>
#include <numeric>
#include <stdexcept>

namespace weightroom::test {
namespace {

struct BlockSize {
    std::uint32_t type;
    std::uint64_t elements;
    std::uint64_t bytes;
};

constexpr std::array kBlocks{
    BlockSize{ggml::kF32, 1, 4},
    BlockSize{ggml::kF16, 1, 2},
    BlockSize{ggml::kQ4_0, 32, 18},
    BlockSize{ggml::kQ8_0, 32, 34},
    BlockSize{ggml::kQ4K, 256, 144},
    BlockSize{ggml::kI8, 1, 1},
    BlockSize{ggml::kI64, 1, 8},
};

std::uint64_t sizeOf(std::uint32_t type, const std::vector<std::uint64_t>& dimensions)
{
    const std::uint64_t elements =
        std::accumulate(dimensions.begin(), dimensions.end(), std::uint64_t{1}, std::multiplies<std::uint64_t>{});
    for (const BlockSize& block : kBlocks) {
        if (block.type == type)
            return elements / block.elements * block.bytes;
    }
    throw std::invalid_argument("the builder does not know the size of type " + std::to_string(type) + ": use info()");
}

void pad(std::string& bytes, std::uint64_t alignment)
{
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
}

} // namespace

std::string ggufText(std::string_view text) { return littleEndian(text.size(), 8).append(text); }

std::string ggufList(std::uint32_t type, std::uint64_t count, std::string_view values)
{
    return (littleEndian(gguf::kList, 4) + littleEndian(type, 4) + littleEndian(count, 8)).append(values);
}

GgufBuilder& GgufBuilder::version(std::uint32_t version)
{
    m_version = version;
    return *this;
}

GgufBuilder& GgufBuilder::claim(std::uint64_t tensors, std::uint64_t pairs)
{
    m_claimedCounts = littleEndian(tensors, 8) + littleEndian(pairs, 8);
    return *this;
}

GgufBuilder& GgufBuilder::text(std::string_view key, std::string_view value)
{
    return pair(key, littleEndian(gguf::kText, 4) + ggufText(value));
}

GgufBuilder& GgufBuilder::number(std::string_view key, std::uint32_t type, std::uint64_t value, std::size_t size)
{
    return pair(key, littleEndian(type, 4) + littleEndian(value, size));
}

GgufBuilder& GgufBuilder::pair(std::string_view key, std::string_view typeAndValue)
{
    return rawPair(ggufText(key).append(typeAndValue));
}

GgufBuilder& GgufBuilder::rawPair(std::string_view bytes)
{
    m_pairs += bytes;
    ++m_pairCount;
    return *this;
}

GgufBuilder& GgufBuilder::alignment(std::uint32_t alignment)
{
    return placeBy(alignment).number("general.alignment", gguf::kU32, alignment, 4);
}

GgufBuilder& GgufBuilder::placeBy(std::uint64_t alignment)
{
    m_alignment = alignment;
    return *this;
}

GgufBuilder& GgufBuilder::tensor(
    std::string_view name, std::uint32_t type, const std::vector<std::uint64_t>& dimensions)
{
    pad(m_data, m_alignment);
    info(name, type, dimensions, m_data.size());
    m_data += tensorPattern(name, sizeOf(type, dimensions));
    return *this;
}

GgufBuilder& GgufBuilder::info(
    std::string_view name, std::uint32_t type, const std::vector<std::uint64_t>& dimensions, std::uint64_t offset)
{
    std::string bytes = ggufText(name) + littleEndian(dimensions.size(), 4);
    for (const std::uint64_t dimension : dimensions)
        bytes += littleEndian(dimension, 8);
    return rawInfo(bytes + littleEndian(type, 4) + littleEndian(offset, 8));
}

GgufBuilder& GgufBuilder::rawInfo(std::string_view bytes)
{
    m_infos += bytes;
    ++m_tensorCount;
    return *this;
}

GgufBuilder& GgufBuilder::data(std::string_view bytes)
{
    m_data += bytes;
    return *this;
}

std::string GgufBuilder::header() const
{
    const std::string counts = littleEndian(m_tensorCount, 8) + littleEndian(m_pairCount, 8);
    return "GGUF" + littleEndian(m_version, 4) + (m_claimedCounts.empty() ? counts : m_claimedCounts) + m_pairs
        + m_infos;
}

std::string GgufBuilder::build() const
{
    std::string file = buildUnpadded();
    pad(file, m_alignment); // the data begin at a multiple, so their end is padded like the file's
    return file;
}

std::string GgufBuilder::buildUnpadded() const
{
    std::string file = header();
    pad(file, m_alignment);
    return file + m_data;
}

GgufBuilder smallGguf()
{
    GgufBuilder builder;
    builder.text("general.architecture", "flux")
        .number("general.file_type", gguf::kU32, 15, 4)
        .pair("list", ggufList(gguf::kI16, 2, littleEndian(1, 2) + littleEndian(0xFFFE, 2)))
        .pair("texts", ggufList(gguf::kText, 2, ggufText("a") + ggufText("")))
        .tensor("first.weight", ggml::kQ4_0, {64, 3})
        .tensor("first.bias", ggml::kF32, {3})
        .tensor("empty", ggml::kF16, {4, 0})
        .tensor("scale", ggml::kI64, {});
    return builder;
}

} // namespace weightroom::test
