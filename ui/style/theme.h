// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QPalette>

#include <array>

class QApplication;

namespace weightroom::ui {

enum class ThemeChoice : quint8 { System = 0, Light, Dark };

/// The colours of the window, one set for light and one for dark. Text colours have a contrast of at least 4.5 : 1 on
/// `window` and `base` (WCAG AA), which a test checks.
struct Theme {
    QColor window; ///< behind everything
    QColor base; ///< lists and fields
    QColor alternate; ///< every second row
    QColor raised; ///< cards and buttons
    QColor border;
    QColor text;
    QColor muted; ///< secondary text
    QColor accent;
    QColor onAccent; ///< text on the accent
    QColor selection; ///< behind selected rows, whose text stays `text`
    QColor success;
    QColor warning;
    QColor danger;
    QColor track; ///< the empty part of gauges and progress bars
    std::array<QColor, 10> owners; ///< who holds memory; told apart also by people who see few colours, by lightness

    [[nodiscard]] static const Theme& light();
    [[nodiscard]] static const Theme& dark();
};

/// The set that fits a palette: widgets ask for it whenever they paint, and so follow every change.
[[nodiscard]] const Theme& themeOf(const QPalette& palette);

/// Applies Fusion, the palette and the style sheet. Must be called once before the first window shows; again to change.
void applyTheme(QApplication& application, ThemeChoice choice);

/// Space between things, in device-independent pixels: a grid of 4.
inline constexpr int kSpace = 4;
inline constexpr int kMargin = 12;

/// A font relative to the user's own: 1.0 is the text, 1.4 a heading.
[[nodiscard]] QFont scaledFont(const QFont& font, double factor, QFont::Weight weight);

} // namespace weightroom::ui
