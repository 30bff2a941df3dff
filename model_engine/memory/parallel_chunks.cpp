// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/parallel_chunks.h"

#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

namespace weightroom::engine {
namespace {

constexpr std::uint64_t kPageSize = 4096;

} // namespace

void forEachPart(Bytes total, unsigned threads, const std::function<void(std::uint64_t begin, Bytes size)>& work)
{
    const std::uint64_t part = alignUp(total.value / std::max(threads, 1U) + 1, kPageSize);
    std::vector<std::jthread> helpers; // joined on the way out
    for (std::uint64_t begin = part; begin < total.value; begin += part) {
        const Bytes size{std::min(part, total.value - begin)};
        try {
            helpers.emplace_back([&work, begin, size] { work(begin, size); });
        } catch (const std::system_error&) {
            work(begin, size);
        }
    }
    if (total > Bytes{})
        work(0, Bytes{std::min(part, total.value)});
}

} // namespace weightroom::engine
