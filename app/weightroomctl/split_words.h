// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weightroom::ctl {

/// Words of a line: separated by spaces and tabs; "..." and '...' keep them. No other quoting is known; a quote that is
/// not closed ends with the line.
[[nodiscard]] std::vector<std::string> splitWords(std::string_view line);

} // namespace weightroom::ctl
