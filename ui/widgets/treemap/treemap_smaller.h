// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/treemap/treemap_node.h"

#include <optional>

namespace weightroom::ui {

/// The children of a node that have a size, the largest first.
[[nodiscard]] QList<const TreemapNode*> childrenBySize(const TreemapNode& node);

/// What is too small to be seen beside others, taken together: at least one.
[[nodiscard]] TreemapNode togetherAs(const QString& id, const QList<const TreemapNode*>& nodes);

/// A step of a path that leads to all children of a node but the `larger` largest ones, of which there is at least one.
[[nodiscard]] QString stepToSmaller(qsizetype larger);
/// Where such a step leads. Nothing: it is none, or there are no more than these.
[[nodiscard]] std::optional<TreemapNode> smallerOf(const TreemapNode& node, const QString& step);
[[nodiscard]] bool isStepToSmaller(const QString& step);

} // namespace weightroom::ui
