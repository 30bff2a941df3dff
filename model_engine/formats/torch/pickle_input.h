// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/result.h"
#include "model_engine/formats/little_endian.h"

#include <type_traits>

namespace weightroom::engine {

/// The bytes of a pickle, taken from the front; it alone knows how many are left. Every length that a pickle claims is
/// compared with what is there before anything is done with it. Errors: FileTruncated, with the size that the pickle
/// must at least have as `required` of the context; HeaderTooLarge when that is beyond `limit`.
class PickleInput {
public:
    PickleInput(std::string_view bytes, Bytes limit)
        : m_bytes(bytes.substr(0, limit.value))
        , m_limit(limit)
    {
    }

    [[nodiscard]] std::size_t position() const { return m_position; }
    [[nodiscard]] std::size_t left() const { return m_bytes.size() - m_position; }

    [[nodiscard]] Result<std::string_view> take(std::uint64_t count)
    {
        if (count > left())
            return tooShort(count);
        const std::string_view taken = m_bytes.substr(m_position, count);
        m_position += count;
        return taken;
    }

    /// A number, lowest byte first.
    template <std::integral T>
    [[nodiscard]] Result<T> number()
    {
        const auto taken = take(sizeof(T));
        if (!taken)
            return fail(taken.error());
        return static_cast<T>(littleEndianAt<std::make_unsigned_t<T>>(*taken, 0));
    }

    /// A length, then as many bytes.
    template <std::unsigned_integral Length>
    [[nodiscard]] Result<std::string_view> counted()
    {
        const auto length = number<Length>();
        return length ? take(*length) : Result<std::string_view>(fail(length.error()));
    }

    /// Up to the next line feed, which is taken too and not given. Also InvalidFormat, for a line that is longer than
    /// any name.
    [[nodiscard]] Result<std::string_view> line();

private:
    [[nodiscard]] tl::unexpected<Error> tooShort(std::uint64_t count) const;

    std::string_view m_bytes;
    Bytes m_limit;
    std::size_t m_position = 0;
};

} // namespace weightroom::engine
