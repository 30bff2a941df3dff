// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace weightroom::engine {

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };

/// Where the engine logs to: full English sentences, before an operation starts and when it ends, with numbers. Called
/// on any thread. One record stays one line: control characters in a message are escaped by the sink.
class LogSink {
public:
    virtual ~LogSink() = default;
    virtual void write(LogLevel level, std::string_view message) noexcept = 0;
};

/// Drops everything.
class NullLog final : public LogSink {
public:
    void write(LogLevel, std::string_view) noexcept override { }
};

/// Writes "2026-11-23T17:04:05.123Z info message" lines to a file descriptor (standard error by default).
class FileLog final : public LogSink {
public:
    FileLog(int descriptor, LogLevel lowest, const Clock& clock);
    void write(LogLevel level, std::string_view message) noexcept override;

private:
    int m_descriptor;
    LogLevel m_lowest;
    const Clock& m_clock;
};

/// Escapes control characters (newline, escape sequences) and invalid or bidirectional UTF-8 controls as \xNN, so that
/// text out of files cannot forge log lines or steer a terminal.
[[nodiscard]] std::string escapeForTerminal(std::string_view text);

} // namespace weightroom::engine
