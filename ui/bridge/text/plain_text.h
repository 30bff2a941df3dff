// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <filesystem>
#include <string_view>

namespace weightroom::ui {

/// Text out of files and file names, made harmless for the window: control characters, invisible characters that turn
/// the reading direction, and lone surrogates are written as ⟨U+202E⟩. It is still not markup-free: show it as
/// PlainText only.
[[nodiscard]] QString plainText(const QString& text);

/// Bytes that should be UTF-8 and may not be; what is not becomes U+FFFD.
[[nodiscard]] QString plainText(std::string_view bytes);
[[nodiscard]] QString pathText(const std::filesystem::path& path);

/// The same text for a tooltip, which Qt would otherwise take for HTML when it looks like it.
[[nodiscard]] QString plainToolTip(const QString& text);

} // namespace weightroom::ui
