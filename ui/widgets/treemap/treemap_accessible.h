// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

class QAccessibleInterface;
class QObject;
class QString;

namespace weightroom::ui {

/// For QAccessible::installFactory(): what screen readers see of a Treemap, nullptr for other objects. A list with an
/// item for each tile of the current node: what it is, how large, where, whether the keyboard is on it; to be pressed
/// where it can be entered. Items live as long as their tile is there, and no longer than one stays in the node.
[[nodiscard]] QAccessibleInterface* treemapAccessible(const QString& className, QObject* object);

} // namespace weightroom::ui
