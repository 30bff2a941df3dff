// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/weightroomctl/line_reader.h"

#include <array>
#include <cstdio>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace weightroom::ctl {
namespace {

using engine::ErrorCode;
using engine::fail;
using engine::Result;

/// How long a stop request may go unheard while nothing is typed.
constexpr int kPollMilliseconds = 100;

enum class Read : std::uint8_t { More, End, Stopped };

/// Appends what is there, waiting for it.
Read readMore(std::string& buffer, const std::stop_token& stop)
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
    buffer.append(block.data(), static_cast<std::size_t>(count));
    return stop.stop_requested() ? Read::Stopped : Read::More;
}

tl::unexpected<engine::Error> tooLong()
{
    return fail(ErrorCode::InvalidValue,
        "what stands on standard input is longer than " + std::to_string(kLongestInput) + " bytes");
}

} // namespace

std::optional<Result<std::string>> LineReader::next(const std::stop_token& stop)
{
    if (::isatty(STDIN_FILENO) && ::isatty(STDERR_FILENO))
        std::fputs("weightroom> ", stderr);
    while (true) {
        if (const auto end = m_buffer.find('\n'); end != std::string::npos) {
            std::string line = m_buffer.substr(0, end);
            m_buffer.erase(0, end + 1);
            return line;
        }
        if (m_buffer.size() > kLongestInput)
            return Result<std::string>(tooLong());
        if (m_isAtEnd)
            return m_buffer.empty() ? std::nullopt : std::optional<Result<std::string>>{std::exchange(m_buffer, {})};
        const Read read = readMore(m_buffer, stop);
        if (read == Read::Stopped)
            return std::nullopt;
        m_isAtEnd = read == Read::End;
    }
}

Result<std::string> readStandardInput(const std::stop_token& stop)
{
    std::string text;
    while (true) {
        const Read read = readMore(text, stop);
        if (read == Read::Stopped)
            return fail(ErrorCode::Cancelled, "interrupted while reading standard input");
        if (text.size() > kLongestInput)
            return tooLong();
        if (read == Read::End)
            return text;
    }
}

} // namespace weightroom::ctl
