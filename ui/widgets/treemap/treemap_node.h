// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include <algorithm>

namespace weightroom::ui {

/// What a part of a memory is, and with that its colour: the one that it has on gauges and legends.
enum class TreemapTone : quint8 {
    None = 0, ///< as what it lies in
    Owner, ///< a model, or a part of one
    Shared, ///< of several components
    Overhead, ///< ours: alignment, reserve
    Context, ///< ours: what the driver needs for this process
    Others, ///< another process
    Reserved, ///< by driver and firmware
    Unattributed, ///< in use, and nobody says by whom
    Ready, ///< free, made for the next load
    Free,
};

/// Enough to look a colour up.
struct TreemapTint {
    TreemapTone tone = TreemapTone::None;
    QString modelId; ///< of an owner

    friend bool operator==(const TreemapTint&, const TreemapTint&) = default;
};

/// One part of a memory, with the parts that it is made of. A value: what is shown of an engine that goes on.
struct TreemapNode {
    QString id; ///< unique among its siblings, and the same in the next update
    QString label; ///< safe to show (ui/bridge/text/plain_text.h)
    QString detail; ///< the second line: "4.78 GiB"; safe to show
    double size = 0; ///< bytes
    TreemapTone tone = TreemapTone::None;
    QString modelId; ///< of an owner, for its colour
    QList<TreemapNode> children; ///< share its area in proportion to their sizes, whatever those add up to
    bool hasMore = false; ///< it has children, and the treemap must ask for them: Treemap::childrenWanted()
    bool isPath = false; ///< the label's parts are divided by dots: what those of all siblings begin with is not drawn
    quint64 version = 0; ///< where it has changed, or its size has, they are asked for again

    [[nodiscard]] bool canBeEntered() const { return hasMore || !children.isEmpty(); }
    [[nodiscard]] TreemapTint tintWithin(const TreemapTint& around) const
    {
        return tone == TreemapTone::None ? around : TreemapTint{.tone = tone, .modelId = modelId};
    }
    /// nullptr: there is none of that id.
    [[nodiscard]] const TreemapNode* child(const QString& childId) const
    {
        const auto found = std::ranges::find(children, childId, &TreemapNode::id);
        return found == children.end() ? nullptr : &*found;
    }

    friend bool operator==(const TreemapNode&, const TreemapNode&) = default;
};

} // namespace weightroom::ui
