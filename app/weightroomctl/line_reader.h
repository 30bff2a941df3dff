// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <stop_token>
#include <string>

namespace weightroom::ctl {

/// Reads standard input line by line, with a prompt where it is a terminal. Unlike std::getline it hears a stop request
/// while it waits.
class LineReader {
public:
    /// Nothing at the end of the input, when a stop was requested, or when a line is longer than kLongestLine.
    [[nodiscard]] std::optional<std::string> next(const std::stop_token& stop);

    static constexpr std::size_t kLongestLine = 1024 * 1024; ///< that of a request

private:
    enum class Read { More, End, Stopped };
    [[nodiscard]] Read readMore(const std::stop_token& stop);

    std::string m_buffer;
    bool m_isAtEnd = false;
};

} // namespace weightroom::ctl
