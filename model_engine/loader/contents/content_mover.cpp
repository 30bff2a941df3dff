// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/contents/content_mover.h"

#include <algorithm>
#include <cstring>
#include <functional>

namespace weightroom::engine {
namespace {

using CopyBlock = std::function<Result<>(std::uint64_t begin, Bytes size)>;

Result<> copyInBlocks(Bytes size, Bytes block, const std::stop_token& stop, const CopyBlock& copy)
{
    for (std::uint64_t begin = 0; begin < size.value; begin += block.value) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "cancelled while contents were moved");
        if (auto copied = copy(begin, std::min(block, Bytes{size.value - begin})); !copied)
            return copied;
    }
    return {};
}

} // namespace

Result<> CacheContentMover::copy(const PlacedContent& from, const PlacedContent& to)
{
    // Steps of 1 MiB: the pages that the kernel has just cleared are still in the processor's cache.
    return copyInBlocks(from.size(), kMiB, m_stop, [&](std::uint64_t begin, Bytes size) -> Result<> {
        const auto target = hostBytes(to.place()).subspan(begin, size.value);
        if (auto taken = m_memory.takePages(target); !taken)
            return taken;
        std::memcpy(target.data(), hostBytes(from.place()).data() + begin, target.size());
        return {};
    });
}

Result<> DeviceContentMover::copy(const PlacedContent& from, const PlacedContent& to)
{
    return copyInBlocks(from.size(), kMoveBlock, m_stop, [&](std::uint64_t begin, Bytes size) {
        return m_transfer.run(
            [&](Device& device) { return device.copyWithin(from.address() + begin, to.address() + begin, size); });
    });
}

} // namespace weightroom::engine
