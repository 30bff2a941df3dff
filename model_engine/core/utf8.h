// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// The first character of a text. File names are bytes and need not be UTF-8: an invalid byte is a character of
/// length 1.
struct Utf8Character {
    std::uint32_t codePoint = 0;
    std::size_t length = 1; ///< bytes, at least 1
    bool isValid = false;
};

/// Decodes the first character of `text`, which must not be empty. Overlong forms and surrogates are invalid.
[[nodiscard]] Utf8Character decodeUtf8(std::string_view text);

/// True for characters that move the cursor, start an escape sequence or turn the writing direction around.
[[nodiscard]] bool isControlOrBidi(std::uint32_t codePoint);

[[nodiscard]] bool isValidUtf8(std::string_view text);

/// Valid UTF-8 for the wire: a byte that is not part of valid UTF-8 becomes U+FFFD. Ids, not names, identify things.
[[nodiscard]] std::string toValidUtf8(std::string_view text);

/// The letters A to Z in lower case, all other bytes as they are: for extensions and units, which are ASCII.
[[nodiscard]] std::string lowerCase(std::string text);

} // namespace weightroom::engine
