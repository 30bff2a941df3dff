// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/tensor_elements.h"

#include "model_engine/formats/quoted_name.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

namespace weightroom::engine {
namespace {

constexpr std::size_t kBlockSize = kMiB.value;

/// The smallest number of bytes that whole elements of a type fill: 18 of Q4_0, 3 of a type of 6 bits.
std::size_t unitOf(Dtype dtype)
{
    const std::uint32_t bits = traitsOf(dtype).bitsPerBlock;
    return bits == 0 ? 1 : bits / std::gcd(bits, 8U);
}

Result<> readContiguous(const ByteSource& source, const TensorEntry& entry, const ElementSink& sink)
{
    const ByteRange& range = entry.range;
    const std::size_t wholeUnits = kBlockSize - kBlockSize % unitOf(entry.dtype);
    std::vector<std::byte> block(std::min<std::uint64_t>(range.size.value, wholeUnits));
    for (std::uint64_t done = 0; done < range.size.value; done += block.size()) {
        const auto part = std::span{block}.first(std::min<std::uint64_t>(block.size(), range.size.value - done));
        if (auto read = source.readAt(range.begin + done, part); !read)
            return read;
        if (auto taken = sink(part); !taken)
            return taken;
    }
    return {};
}

/// Walks through a shape like a counter, the last dimension fastest, and knows where each element lies.
class ElementWalk {
public:
    explicit ElementWalk(const TensorEntry& entry)
        : m_entry(entry)
        , m_position(entry.shape.rank(), 0)
    {
    }
    /// Of the element that it stands on, counted in elements from the first.
    [[nodiscard]] std::uint64_t offset() const { return m_offset; }
    void next()
    {
        for (std::size_t i = m_position.size(); i-- > 0;) {
            m_offset += m_entry.strides[i];
            if (++m_position[i] < m_entry.shape.dimensions[i])
                return;
            m_offset -= m_entry.strides[i] * m_position[i];
            m_position[i] = 0;
        }
    }

private:
    const TensorEntry& m_entry;
    std::vector<std::uint64_t> m_position;
    std::uint64_t m_offset = 0;
};

Result<> gather(const ByteSource& source, const TensorEntry& entry, std::size_t elementSize, const ElementSink& sink)
{
    std::vector<std::byte> range(entry.range.size.value);
    if (auto read = source.readAt(entry.range.begin, range); !read)
        return read;
    std::uint64_t left = entry.shape.elements().value_or(0);
    ElementWalk walk{entry};
    std::vector<std::byte> block;
    block.reserve(kBlockSize);
    for (; left > 0; --left, walk.next()) {
        const auto element = std::span{range}.subspan(walk.offset() * elementSize, elementSize);
        block.insert(block.end(), element.begin(), element.end());
        if (block.size() + elementSize <= kBlockSize && left > 1)
            continue;
        if (auto taken = sink(block); !taken)
            return taken;
        block.clear();
    }
    return {};
}

} // namespace

Result<> readElements(const ByteSource& source, const TensorEntry& entry, const ElementSink& sink)
{
    if (entry.isContiguous())
        return readContiguous(source, entry, sink);
    const DtypeTraits& traits = traitsOf(entry.dtype);
    if (traits.elementsPerBlock != 1 || traits.bitsPerBlock == 0 || traits.bitsPerBlock % 8 != 0) {
        return fail(ErrorCode::Unsupported,
            "tensor " + quotedName(entry.name) + " is a view of the packed type " + std::string{traits.name});
    }
    return gather(source, entry, traits.bitsPerBlock / 8, sink);
}

} // namespace weightroom::engine
