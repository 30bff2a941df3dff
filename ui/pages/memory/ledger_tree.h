// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"
#include "ui/widgets/treemap/treemap_node.h"

#include <QList>

namespace weightroom::ui {

/// What a memory is made of, as a treemap shows it: owners, their components, and more to ask for below these, and
/// below what several components share. Paths: the model's id, then the component's; sharedNodeId(). Shares are of all
/// the memory, whether what is free has a tile or not.
enum class FreeMemory : quint8 { Hidden = 0, Shown };
[[nodiscard]] TreemapNode ledgerTree(const WatchedMemory& memory, FreeMemory free);

/// Of the tile of what several components share.
[[nodiscard]] QString sharedNodeId();
/// Where in the treemap of their memory tensors belong.
[[nodiscard]] QStringList pathOf(const TensorsView& tensors);
/// The level below a component: one tile for each tensor. Of what is shared: one tile for all that the same components
/// have, and their tensors in it.
[[nodiscard]] QList<TreemapNode> tensorNodes(const TensorsView& tensors);

} // namespace weightroom::ui
