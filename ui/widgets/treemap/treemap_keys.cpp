// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_keys.h"

#include <QKeyEvent>

namespace weightroom::ui {

TreemapKey treemapKeyOf(const QKeyEvent& event)
{
    const Qt::KeyboardModifiers modifiers = event.modifiers() & ~Qt::KeypadModifier;
    if (modifiers == Qt::AltModifier && event.key() == Qt::Key_Left)
        return TreemapKey::Out;
    if (modifiers != Qt::NoModifier)
        return TreemapKey::None;
    switch (event.key()) {
    case Qt::Key_Left:
        return TreemapKey::Left;
    case Qt::Key_Right:
        return TreemapKey::Right;
    case Qt::Key_Up:
        return TreemapKey::Up;
    case Qt::Key_Down:
        return TreemapKey::Down;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        return TreemapKey::In;
    case Qt::Key_Backspace:
    case Qt::Key_Escape:
        return TreemapKey::Out;
    default:
        return TreemapKey::None;
    }
}

std::optional<Qt::Edge> sideOf(TreemapKey key)
{
    switch (key) {
    case TreemapKey::Left:
        return Qt::LeftEdge;
    case TreemapKey::Right:
        return Qt::RightEdge;
    case TreemapKey::Up:
        return Qt::TopEdge;
    case TreemapKey::Down:
        return Qt::BottomEdge;
    default:
        return std::nullopt;
    }
}

} // namespace weightroom::ui
