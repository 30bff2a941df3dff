// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace weightroom::engine {

/// A text in which each absolute path is only its last part: what a program of somebody complains of names folders, and
/// a report is handed on. Addresses of the web stay.
[[nodiscard]] std::string withoutAbsolutePaths(std::string_view text);

} // namespace weightroom::engine
