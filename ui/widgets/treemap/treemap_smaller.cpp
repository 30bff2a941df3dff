// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_smaller.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>

#include <cmath>
#include <functional>

namespace weightroom::ui {
namespace {

struct TreemapTiles {
    Q_DECLARE_TR_FUNCTIONS(TreemapTiles)
};

/// No id begins with a control character.
constexpr QChar kMark{u'\x1F'};

/// 0: it is no such step.
qsizetype largerIn(const QString& step)
{
    bool isNumber = false;
    const qsizetype larger = step.startsWith(kMark) ? step.mid(1).toLongLong(&isNumber) : 0;
    return isNumber ? std::max<qsizetype>(larger, 0) : 0;
}

} // namespace

QList<const TreemapNode*> childrenBySize(const TreemapNode& node)
{
    QList<const TreemapNode*> nodes;
    for (const TreemapNode& child : node.children) {
        if (std::isfinite(child.size) && child.size > 0)
            nodes.append(&child);
    }
    std::ranges::stable_sort(nodes, std::greater{}, &TreemapNode::size);
    return nodes;
}

TreemapNode togetherAs(const QString& id, const QList<const TreemapNode*>& nodes)
{
    TreemapNode together;
    together.id = id;
    together.label = TreemapTiles::tr("%n smaller", "tile of a treemap: parts", static_cast<int>(nodes.size()));
    together.tone = nodes.first()->tone;
    together.modelId = nodes.first()->modelId;
    for (const TreemapNode* node : nodes) {
        together.size += node->size;
        together.children.append(*node);
    }
    // Beyond the range of the integer the cast would be undefined.
    constexpr double kMost = 9.2e18;
    together.detail = bytesText(static_cast<quint64>(std::min(together.size, kMost)));
    return together;
}

QString stepToSmaller(qsizetype larger) { return kMark + QString::number(larger); }

std::optional<TreemapNode> smallerOf(const TreemapNode& node, const QString& step)
{
    const qsizetype larger = largerIn(step);
    const QList<const TreemapNode*> nodes = larger > 0 ? childrenBySize(node) : QList<const TreemapNode*>();
    return larger < nodes.size() ? std::optional(togetherAs(step, nodes.mid(larger))) : std::nullopt;
}

bool isStepToSmaller(const QString& step) { return largerIn(step) > 0; }

} // namespace weightroom::ui
