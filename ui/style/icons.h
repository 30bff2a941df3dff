// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QString>

namespace weightroom::ui {

/// An icon of the set in resources/icons, drawn in the colour of the text: it follows the theme and the screen's scale.
[[nodiscard]] QIcon themedIcon(const QString& name);

/// The same icon as a picture in a colour of the caller's, for empty states and painted rows.
[[nodiscard]] QPixmap iconPixmap(const QString& name, const QColor& color, int size, qreal devicePixelRatio);

} // namespace weightroom::ui
