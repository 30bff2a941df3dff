// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/system/log.h"

#include "model_engine/core/utf8.h"

#include <array>
#include <cstdio>
#include <unistd.h>

namespace weightroom::engine {
namespace {

constexpr std::string_view nameOf(LogLevel level)
{
    constexpr std::array<std::string_view, 4> kNames{"debug", "info", "warning", "error"};
    return kNames[static_cast<std::size_t>(level)];
}

} // namespace

FileLog::FileLog(int descriptor, LogLevel lowest, const Clock& clock)
    : m_descriptor(descriptor)
    , m_lowest(lowest)
    , m_clock(clock)
{
}

void FileLog::write(LogLevel level, std::string_view message) noexcept
try {
    if (level < m_lowest)
        return;
    std::string line = toIsoText(m_clock.wallTime(), IsoPrecision::Milliseconds);
    line.append(" ").append(nameOf(level)).append(" ").append(escapeForTerminal(message)).append("\n");
    // One write per record keeps lines whole when several threads log; a log that cannot be written is not an error.
    [[maybe_unused]] const ssize_t written = ::write(m_descriptor, line.data(), line.size());
} catch (...) { // NOLINT(bugprone-empty-catch): logging must never fail the operation that logs
}

std::string escapeForTerminal(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const Utf8Character next = decodeUtf8(text);
        const std::string_view raw = text.substr(0, next.length);
        if (next.isValid && !isControlOrBidi(next.codePoint)) {
            out += raw;
        } else {
            for (const char c : raw) {
                std::array<char, 5> escaped{};
                std::snprintf(
                    escaped.data(), escaped.size(), "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
                out += escaped.data();
            }
        }
        text.remove_prefix(next.length);
    }
    return out;
}

} // namespace weightroom::engine
