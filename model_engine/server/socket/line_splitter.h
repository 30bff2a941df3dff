// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// Puts together the lines of a stream that comes in pieces. Bounded: a line that gets longer than its limit is an
/// error at once, however much of it is still to come.
class LineSplitter {
public:
    explicit LineSplitter(Bytes longest)
        : m_longest(longest)
    {
    }

    void add(std::string_view bytes) { m_bytes += bytes; }
    /// The next whole line, without its end ("\n" or "\r\n"); nothing while it has not all come. Errors: InvalidFormat,
    /// for a line beyond the limit; the stream makes no sense from there on.
    [[nodiscard]] Result<std::optional<std::string>> next();
    /// What has come and was not taken.
    [[nodiscard]] std::size_t waiting() const { return m_bytes.size(); }

private:
    const Bytes m_longest;
    std::string m_bytes;
    std::size_t m_searched = 0; ///< of m_bytes, without an end of a line
};

} // namespace weightroom::engine
