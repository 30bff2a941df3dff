// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/parallel_chunks.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

constexpr std::uint64_t kPageSize = 4096;

} // namespace

void forEachPart(Bytes total, unsigned threads, const std::function<void(std::uint64_t begin, Bytes size)>& work)
{
    HelperThreads helpers{std::max(threads, 1U) - 1};
    forEachPart(total, helpers, work);
}

void forEachPart(Bytes total, HelperThreads& helpers, const std::function<void(std::uint64_t begin, Bytes size)>& work)
{
    const std::uint64_t part = alignUp(total.value / (helpers.most() + std::uint64_t{1}) + 1, kPageSize);
    const std::uint64_t parts = total.value / part + (total.value % part == 0 ? 0 : 1);
    helpers.forEachIndex(parts, [&](std::size_t i) {
        const std::uint64_t begin = i * part;
        work(begin, Bytes{std::min(part, total.value - begin)});
    });
}

} // namespace weightroom::engine
