// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/line_reader.h"

#include <array>
#include <cstdio>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace weightroom::ctl {
namespace {

/// How long a stop request may go unheard while nothing is typed.
constexpr int kPollMilliseconds = 100;

} // namespace

std::optional<std::string> LineReader::next(const std::stop_token& stop)
{
    if (::isatty(STDIN_FILENO) && ::isatty(STDERR_FILENO))
        std::fputs("weightroom> ", stderr);
    while (m_buffer.size() <= kLongestLine) {
        if (const auto end = m_buffer.find('\n'); end != std::string::npos) {
            std::string line = m_buffer.substr(0, end);
            m_buffer.erase(0, end + 1);
            return line;
        }
        if (m_isAtEnd)
            return m_buffer.empty() ? std::nullopt : std::optional{std::exchange(m_buffer, {})};
        const Read read = readMore(stop);
        if (read == Read::Stopped)
            return std::nullopt;
        m_isAtEnd = read == Read::End;
    }
    std::fputs("weightroomctl: a line is longer than 1 MiB\n", stderr);
    return std::nullopt;
}

LineReader::Read LineReader::readMore(const std::stop_token& stop)
{
    pollfd waitedFor{STDIN_FILENO, POLLIN, 0};
    while (::poll(&waitedFor, 1, kPollMilliseconds) <= 0) {
        if (stop.stop_requested())
            return Read::Stopped;
    }
    std::array<char, 4096> block{};
    const ssize_t count = ::read(STDIN_FILENO, block.data(), block.size());
    if (count <= 0)
        return Read::End;
    m_buffer.append(block.data(), static_cast<std::size_t>(count));
    return stop.stop_requested() ? Read::Stopped : Read::More;
}

} // namespace weightroom::ctl
