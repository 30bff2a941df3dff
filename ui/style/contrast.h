// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>

namespace weightroom::ui {

/// What WCAG AA asks of text.
inline constexpr double kTextContrast = 4.5;

/// Of two opaque colours, as WCAG 2 defines it: 1 … 21.
[[nodiscard]] double contrastOf(const QColor& a, const QColor& b);

} // namespace weightroom::ui
