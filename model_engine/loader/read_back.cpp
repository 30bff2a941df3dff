// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/read_back.h"

#include <algorithm>
#include <cstring>

namespace weightroom::engine {

Result<> ReadBack::read(std::uint64_t address, Bytes size, const Sink& sink)
{
    const auto read = areAll(address, size, [&](std::uint64_t begin, std::span<const std::byte> block) -> Result<bool> {
        if (auto taken = sink(begin, block); !taken)
            return fail(std::move(taken).error());
        return true;
    });
    if (!read)
        return fail(read.error());
    return {};
}

Result<bool> ReadBack::areAll(std::uint64_t address, Bytes size, const Test& test)
{
    for (std::uint64_t begin = 0; begin < size.value; begin += kReadBackBlock.value) {
        const auto part = block(address + begin, std::min(kReadBackBlock, Bytes{size.value - begin}));
        if (!part)
            return fail(part.error());
        auto isRight = test(begin, *part);
        if (!isRight || !*isRight)
            return isRight;
    }
    return true;
}

Result<bool> ReadBack::holds(std::uint64_t address, std::span<const std::byte> expected)
{
    return areAll(address, Bytes{expected.size()}, [&](std::uint64_t begin, std::span<const std::byte> block) {
        return Result<bool>{std::memcmp(block.data(), expected.data() + begin, block.size()) == 0};
    });
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
