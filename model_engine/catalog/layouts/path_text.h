// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// A path out of a program's configuration: a "~" at its beginning and $NAME or ${NAME} stand for the home folder and
/// for the environment; a name that the environment does not have stays as it is, as Python leaves it. A relative path
/// begins at `base`. Without "." and "..", and without a slash at its end.
[[nodiscard]] std::filesystem::path configuredPath(std::string_view text, const std::filesystem::path& base);

/// The parts of a text between separators, without the white space around them; empty ones are left out.
[[nodiscard]] std::vector<std::string> splitText(std::string_view text, char separator);

/// The words of a text as a POSIX shell splits it: white space, quotes, backslashes and comments. Nothing is expanded.
[[nodiscard]] std::vector<std::string> shellWords(std::string_view text);

} // namespace weightroom::engine
