// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace weightroom::engine {

/// The dimensions of a tensor, row-major and outermost first in the whole engine, whichever order a file format writes
/// them in (GGUF has the innermost first: its reader turns them around). No dimensions: one element.
struct Shape {
    std::vector<std::uint64_t> dimensions; ///< any of them may be 0

    /// No dimensions.
    Shape() = default;
    /// {320, 4, 3, 3} are four dimensions, not a size.
    Shape(std::initializer_list<std::uint64_t> dims)
        : dimensions(dims)
    {
    }
    /// As they were read.
    explicit Shape(std::vector<std::uint64_t> dims)
        : dimensions(std::move(dims))
    {
    }
    friend bool operator==(const Shape&, const Shape&) = default;

    /// The number of dimensions.
    [[nodiscard]] std::size_t rank() const { return dimensions.size(); }
    /// Dimension `i`, or nothing when the tensor has fewer: rules ask for shapes that a hostile file need not have.
    [[nodiscard]] std::optional<std::uint64_t> at(std::size_t i) const
    {
        return i < dimensions.size() ? std::optional{dimensions[i]} : std::nullopt;
    }
    /// The innermost dimension, or nothing when there is none.
    [[nodiscard]] std::optional<std::uint64_t> last() const
    {
        return dimensions.empty() ? std::nullopt : std::optional{dimensions.back()};
    }
    /// The number of elements, or nothing when it does not fit into 64 bits.
    [[nodiscard]] std::optional<std::uint64_t> elements() const;
};

/// "[320, 4, 3, 3]".
[[nodiscard]] std::string toText(const Shape& shape);

} // namespace weightroom::engine
