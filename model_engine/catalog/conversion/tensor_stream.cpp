// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/tensor_stream.h"

#include "model_engine/formats/tensor_elements.h"

#include <algorithm>
#include <cstring>

namespace weightroom::engine {
namespace {

/// Whole blocks of every type.
constexpr std::uint64_t kElementsAtOnce = 256 * 1024;

/// Of whole blocks.
std::uint64_t storedSize(Dtype dtype, std::uint64_t elements)
{
    return bytesOf(dtype, elements).value_or(Bytes{}).value;
}

} // namespace

TensorStream::TensorStream(const OpenFiles& files, const OutputTensor& tensor, PrecisionLoss& loss)
    : m_files(files)
    , m_tensor(tensor)
    , m_loss(loss)
{
}

Result<> TensorStream::read(std::span<std::byte> block)
{
    while (!block.empty()) {
        if (m_offset == contiguousSize(part()).value) {
            ++m_part;
            m_offset = 0;
            m_gathered.reset();
            continue;
        }
        const auto some = block.first(nextSize(block.size()));
        if (auto read = isKept() ? readStored(some) : readConverted(some); !read)
            return read;
        block = block.subspan(some.size());
    }
    return {};
}

void TensorStream::skip(std::uint64_t bytes)
{
    while (bytes > writtenBytes(contiguousSize(part()).value)) {
        bytes -= writtenBytes(contiguousSize(part()).value);
        ++m_part;
    }
    m_offset = storedBytes(bytes);
}

std::uint64_t TensorStream::storedBytes(std::uint64_t written) const
{
    const std::uint64_t width = traitsOf(m_tensor.description.dtype).bitsPerBlock / 8;
    return isKept() ? written : storedSize(part().dtype, written / width);
}

std::uint64_t TensorStream::writtenBytes(std::uint64_t stored) const
{
    const DtypeTraits& from = traitsOf(part().dtype);
    const std::uint64_t width = traitsOf(m_tensor.description.dtype).bitsPerBlock / 8;
    return isKept() ? stored : stored / (from.bitsPerBlock / 8) * from.elementsPerBlock * width;
}

std::uint64_t TensorStream::nextSize(std::uint64_t room) const
{
    const std::uint64_t left = writtenBytes(contiguousSize(part()).value - m_offset);
    if (isKept())
        return std::min(left, room);
    const std::uint64_t width = traitsOf(m_tensor.description.dtype).bitsPerBlock / 8;
    return std::min({left, room / width * width, kElementsAtOnce * width});
}

Result<> TensorStream::readConverted(std::span<std::byte> block)
{
    const Dtype to = m_tensor.description.dtype;
    const Dtype from = part().dtype;
    m_stored.resize(storedBytes(block.size()));
    if (auto read = readStored(m_stored); !read)
        return read;
    return convertElements(from, m_stored, to, block, m_loss);
}

Result<> TensorStream::readStored(std::span<std::byte> bytes)
{
    const TensorEntry& entry = part();
    if (!entry.isContiguous() && !m_gathered) {
        if (auto gathered = gather(); !gathered)
            return gathered;
    }
    if (m_gathered)
        std::memcpy(bytes.data(), m_gathered->data() + m_offset, bytes.size());
    else if (auto read = m_files.source(entry.file).readAt(entry.range.begin + m_offset, bytes); !read)
        return read;
    m_offset += bytes.size();
    return {};
}

Result<> TensorStream::gather()
{
    m_gathered.emplace();
    m_gathered->reserve(contiguousSize(part()).value);
    return readElements(m_files.source(part().file), part(), [this](std::span<const std::byte> bytes) -> Result<> {
        m_gathered->insert(m_gathered->end(), bytes.begin(), bytes.end());
        return {};
    });
}

} // namespace weightroom::engine
