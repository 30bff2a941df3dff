// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace weightroom::engine {

/// "'name'" for the text of errors. A name out of a file may have megabytes: what is too long is cut in the middle of
/// nothing (between characters) and ends with "…".
[[nodiscard]] std::string quotedName(std::string_view name);

} // namespace weightroom::engine
