// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/checked_cursor.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace weightroom::engine {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

} // namespace

CheckedCursor::CheckedCursor(const ByteSource& source, Bytes limit, Bytes block)
    : m_source(source)
    , m_limit(limit.value)
    , m_end(std::min(source.size(), limit).value)
    , m_blockSize(block.value)
{
}

Result<> CheckedCursor::expect(std::uint64_t count, Bytes smallest, std::string_view what) const
{
    const std::uint64_t size = checkedMultiply(count, smallest.value).value_or(kMost);
    if (size <= m_end - m_position)
        return {};
    const Bytes required{checkedAdd(m_position, size).value_or(kMost)};
    const std::string claim =
        std::string{what} + " would take " + toExactText(Bytes{size}) + " from " + std::to_string(m_position) + " on, ";
    if (required.value > m_limit) {
        return fail(ErrorCode::HeaderTooLarge,
            claim + "the longest header that is read has " + toExactText(Bytes{m_limit}),
            {.required = required, .available = Bytes{m_limit}});
    }
    return fail(ErrorCode::FileTruncated, claim + "the file has " + toExactText(m_source.size()),
        {.required = required, .available = m_source.size()});
}

Result<std::uint64_t> CheckedCursor::readNumber(std::size_t size, std::string_view what)
{
    std::array<std::byte, 8> field{};
    if (auto room = expect(1, Bytes{size}, what); !room)
        return fail(std::move(room).error());
    if (auto copied = copy(std::span{field}.first(size)); !copied)
        return fail(std::move(copied).error());
    std::uint64_t number = 0;
    for (std::size_t i = size; i-- > 0;)
        number = (number << 8U) | std::to_integer<std::uint64_t>(field[i]);
    return number;
}

Result<std::string> CheckedCursor::readText(std::uint64_t length, std::string_view what)
{
    if (auto room = expect(length, Bytes{1}, what); !room)
        return fail(std::move(room).error());
    std::string text(length, '\0');
    if (auto copied = copy(std::as_writable_bytes(std::span{text})); !copied)
        return fail(std::move(copied).error());
    return text;
}

Result<> CheckedCursor::skip(std::uint64_t length, std::string_view what)
{
    auto room = expect(length, Bytes{1}, what);
    if (room)
        m_position += length;
    return room;
}

/// Loads the block that begins at the position; the position lies before the end.
Result<> CheckedCursor::fill()
{
    m_block.resize(std::min<std::uint64_t>(m_blockSize, m_end - m_position));
    m_blockBegin = m_position;
    auto read = m_source.readAt(m_blockBegin, m_block);
    if (!read)
        m_block.clear();
    return read;
}

Result<> CheckedCursor::copy(std::span<std::byte> destination)
{
    while (!destination.empty()) {
        // The position never moves back, so it lies in the block or behind it.
        if (m_position - m_blockBegin >= m_block.size()) {
            if (auto filled = fill(); !filled)
                return filled;
        }
        const std::size_t offset = m_position - m_blockBegin;
        const std::size_t count = std::min(destination.size(), m_block.size() - offset);
        std::memcpy(destination.data(), m_block.data() + offset, count);
        destination = destination.subspan(count);
        m_position += count;
    }
    return {};
}

} // namespace weightroom::engine
