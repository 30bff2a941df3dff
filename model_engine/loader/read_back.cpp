// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/read_back.h"

#include <algorithm>
#include <cstring>

namespace weightroom::engine {

Result<> ReadBack::read(std::uint64_t address, Bytes size, const Sink& sink)
{
    for (std::uint64_t begin = 0; begin < size.value; begin += kReadBackBlock.value) {
        const auto part = block(address + begin, std::min(kReadBackBlock, Bytes{size.value - begin}));
        if (!part)
            return fail(part.error());
        if (auto taken = sink(begin, *part); !taken)
            return taken;
    }
    return {};
}

Result<bool> ReadBack::holds(std::uint64_t address, std::span<const std::byte> expected)
{
    while (!expected.empty()) {
        const auto part = block(address, std::min(kReadBackBlock, Bytes{expected.size()}));
        if (!part)
            return fail(part.error());
        if (std::memcmp(part->data(), expected.data(), part->size()) != 0)
            return false;
        expected = expected.subspan(part->size());
        address += part->size();
    }
    return true;
}

Result<std::span<const std::byte>> ReadBack::block(std::uint64_t address, Bytes size)
{
    if (m_stop.stop_requested())
        return fail(ErrorCode::Cancelled, "cancelled while reading back");
    if (m_block.size() < size.value)
        m_block.resize(size.value);
    const std::span<std::byte> part{m_block.data(), size.value};
    if (auto read = m_device.download(address, part); !read)
        return fail(std::move(read).error());
    return part;
}

} // namespace weightroom::engine
