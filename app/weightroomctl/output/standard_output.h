// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/weightroomctl/exit_status.h"

#include <cstddef>
#include <optional>

namespace weightroom::ctl {

/// The columns of the terminal that standard output is; nothing for a pipe or a file, where nothing may be cut.
[[nodiscard]] std::optional<std::size_t> terminalWidth();

/// Writes out what was printed. Output that could not be written (a full disk) is not success, and is told of on
/// standard error; where its reader has closed the pipe, as `head` does, nobody is there to be told.
[[nodiscard]] ExitStatus checkOutput(ExitStatus status);

} // namespace weightroom::ctl
