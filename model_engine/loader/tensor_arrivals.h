// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/staged_component.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace weightroom::engine {

/// Whose bytes arrive while a batch is read. Found by their place in the cache, and not by that in the file: two
/// tensors may share their bytes there.
class TensorArrivals {
public:
    /// Called once for each tensor whose last byte has arrived, on the thread that brought it; several at once.
    using OnComplete = std::function<void(StagedTensor&)>;

    explicit TensorArrivals(OnComplete onComplete)
        : m_onComplete(std::move(onComplete))
    {
    }

    /// All tensors are added, then begin() is called, then bytes may arrive. A tensor has a size and stays in place.
    void add(StagedTensor& tensor) { m_rows.push_back({tensor.bytes().data(), &tensor}); }
    void begin();
    /// Whose bytes lie there.
    [[nodiscard]] const StagedTensor& tensorAt(const std::byte* inCache) const;
    /// Bytes of one tensor are there. Each byte arrives once.
    void arrived(std::span<const std::byte> inCache);

private:
    struct Row {
        const std::byte* begin;
        StagedTensor* tensor;
    };
    [[nodiscard]] std::size_t rowOf(const std::byte* inCache) const;

    const OnComplete m_onComplete;
    std::vector<Row> m_rows; ///< by place
    std::unique_ptr<std::atomic<std::uint64_t>[]> m_missing; ///< bytes of each row
};

} // namespace weightroom::engine
