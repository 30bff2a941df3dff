// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/shape.h"

#include "model_engine/core/bytes.h"

namespace weightroom::engine {

std::optional<std::uint64_t> Shape::elements() const
{
    std::uint64_t product = 1;
    for (const std::uint64_t dimension : dimensions) {
        const auto next = checkedMultiply(product, dimension);
        if (!next)
            return std::nullopt;
        product = *next;
    }
    return product;
}

std::string toText(const Shape& shape)
{
    std::string text = "[";
    for (const std::uint64_t dimension : shape.dimensions) {
        if (text.size() > 1)
            text += ", ";
        text += std::to_string(dimension);
    }
    return text + "]";
}

} // namespace weightroom::engine
