// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/tensor_arrivals.h"

#include <algorithm>

namespace weightroom::engine {

void TensorArrivals::begin()
{
    std::ranges::sort(m_rows, {}, &Row::begin);
    m_missing = std::make_unique<std::atomic<std::uint64_t>[]>(m_rows.size());
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        m_missing[i].store(m_rows[i].tensor->bytes().size(), std::memory_order_relaxed);
}

const StagedTensor& TensorArrivals::tensorAt(const std::byte* inCache) const { return *m_rows[rowOf(inCache)].tensor; }

void TensorArrivals::arrived(std::span<const std::byte> inCache)
{
    const std::size_t row = rowOf(inCache.data());
    // Acquire and release: whoever brings the last bytes sees those that other threads brought.
    if (m_missing[row].fetch_sub(inCache.size(), std::memory_order_acq_rel) == inCache.size())
        m_onComplete(*m_rows[row].tensor);
}

std::size_t TensorArrivals::rowOf(const std::byte* inCache) const
{
    return static_cast<std::size_t>(std::ranges::upper_bound(m_rows, inCache, {}, &Row::begin) - m_rows.begin()) - 1;
}

} // namespace weightroom::engine
