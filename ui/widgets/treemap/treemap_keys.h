// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Qt>

#include <optional>

class QKeyEvent;

namespace weightroom::ui {

/// What a key asks of a treemap.
enum class TreemapKey : quint8 { None = 0, Left, Right, Up, Down, In, Out };

[[nodiscard]] TreemapKey treemapKeyOf(const QKeyEvent& event);

/// Of the keys that go to a neighbour.
[[nodiscard]] std::optional<Qt::Edge> sideOf(TreemapKey key);

} // namespace weightroom::ui
