// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/differential/contiguous_bytes.h"

#include <algorithm>

namespace weightroom::test {
namespace {

/// The next place in a shape, the last dimension first: like the digits of a counter.
void countUp(std::vector<std::uint64_t>& place, const engine::Shape& shape)
{
    for (std::size_t i = place.size(); i-- > 0;) {
        if (++place[i] < shape.dimensions[i])
            return;
        place[i] = 0;
    }
}

std::vector<std::byte> gather(const std::vector<std::byte>& range, const engine::TensorEntry& entry)
{
    const std::uint64_t width = engine::traitsOf(entry.dtype).bitsPerBlock / 8;
    const std::uint64_t elements = entry.shape.elements().value();
    std::vector<std::byte> gathered;
    gathered.reserve(elements * width);
    std::vector<std::uint64_t> place(entry.shape.rank(), 0);
    for (std::uint64_t i = 0; i < elements; ++i, countUp(place, entry.shape)) {
        std::uint64_t offset = 0;
        for (std::size_t dimension = 0; dimension < place.size(); ++dimension)
            offset += place[dimension] * entry.strides[dimension];
        const auto* element = range.data() + offset * width;
        gathered.insert(gathered.end(), element, element + width);
    }
    return gathered;
}

} // namespace

engine::Result<std::vector<std::byte>> contiguousBytes(
    const engine::ByteSource& source, const engine::TensorEntry& entry)
{
    std::vector<std::byte> range(entry.range.size.value);
    if (auto read = source.readAt(entry.range.begin, range); !read)
        return engine::fail(std::move(read).error());
    return entry.isContiguous() ? range : gather(range, entry);
}

} // namespace weightroom::test
