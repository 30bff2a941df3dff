// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

namespace weightroom::ctl {

/// The longest request or line on standard input: that of the engine's reader of JSON.
inline constexpr std::size_t kLongestInput = 1024 * 1024;

/// Reads standard input line by line, with a prompt where it is a terminal. Unlike std::getline it hears a stop request
/// while it waits.
class LineReader {
public:
    /// Nothing at the end of the input, or when a stop was requested. Errors: InvalidValue for a line above
    /// kLongestInput.
    [[nodiscard]] std::optional<engine::Result<std::string>> next(const std::stop_token& stop);

private:
    std::string m_buffer;
    bool m_isAtEnd = false;
};

/// All of standard input. Errors: InvalidValue above kLongestInput; Cancelled.
[[nodiscard]] engine::Result<std::string> readStandardInput(const std::stop_token& stop);

} // namespace weightroom::ctl
