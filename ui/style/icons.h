// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QString>

namespace weightroom::ui {

/// What a selected item looks like where the icon is shown.
enum class IconPlace : quint8 {
    Menu = 0, ///< the text of what is selected turns around: menus, buttons
    Row ///< it stays as it is: rows of tables and lists
};

/// An icon of the set in resources/icons, drawn in the colour of the text: it follows the theme and the screen's scale.
[[nodiscard]] QIcon themedIcon(const QString& name, IconPlace place = IconPlace::Menu);

/// The same icon as a picture in a colour of the caller's, for empty states and painted rows.
[[nodiscard]] QPixmap iconPixmap(const QString& name, const QColor& color, int size, qreal devicePixelRatio);

} // namespace weightroom::ui
