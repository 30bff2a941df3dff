// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/tensor_views.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

/// From the first element of a view to behind its last one, in elements.
std::uint64_t spanOf(const TensorEntry& entry)
{
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < entry.shape.rank(); ++i) {
        if (entry.shape.dimensions[i] == 0)
            return 0;
        last += (entry.shape.dimensions[i] - 1) * entry.strides[i];
    }
    return last + 1;
}

} // namespace

TensorEntry rowsOf(const TensorEntry& entry, std::uint64_t first, std::uint64_t count)
{
    TensorEntry rows = entry;
    const std::uint64_t all = entry.shape.dimensions.front();
    rows.shape.dimensions.front() = count;
    if (entry.isContiguous()) {
        const std::uint64_t rowSize = all == 0 ? 0 : entry.range.size.value / all;
        rows.range = {entry.range.begin + first * rowSize, Bytes{count * rowSize}};
        return rows;
    }
    const std::uint64_t elementSize = traitsOf(entry.dtype).bitsPerBlock / 8;
    rows.range.begin += first * entry.strides.front() * elementSize;
    rows.range.size = Bytes{spanOf(rows) * elementSize};
    return rows;
}

TensorEntry transposed(const TensorEntry& matrix)
{
    TensorEntry view = matrix;
    if (view.isContiguous())
        view.strides = {matrix.shape.dimensions[1], 1};
    std::ranges::reverse(view.strides);
    std::ranges::reverse(view.shape.dimensions);
    return view;
}

} // namespace weightroom::engine
