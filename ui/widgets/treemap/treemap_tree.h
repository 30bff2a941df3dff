// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/treemap/treemap_node.h"

#include <QMap>
#include <QStringList>

#include <map>
#include <optional>

namespace weightroom::ui {

/// What a treemap shows: a tree, which of its nodes one is in, and the children that were given later. Paths are ids
/// from below the root on; the empty one is the root itself. Where one is, the path may have steps into what is too
/// small to be seen beside others (stepToSmaller()), which are no nodes of the tree.
class TreemapTree {
public:
    /// Keeps the path as far as it still leads somewhere, and what was given of nodes that still ask for it. A root
    /// with another id is another tree: nothing is kept.
    void setRoot(const TreemapNode& root);
    /// The answer to takeWanted(). Ignored where the path leads to no node that has more.
    void setChildren(const QStringList& path, const QList<TreemapNode>& children);
    /// As far as it leads. Asks again for what was asked for before and did not come.
    void setPath(const QStringList& path);

    [[nodiscard]] const TreemapNode& root() const { return m_root; }
    [[nodiscard]] const TreemapNode& current() const { return *find(m_path); }
    [[nodiscard]] const QStringList& path() const { return m_path; }
    [[nodiscard]] QStringList labels() const; ///< of the root and of all nodes on the path
    [[nodiscard]] TreemapTint tint() const; ///< of the current node

    /// The path of the current node, without steps into what is too small, once, where its children must be asked for:
    /// they have never come, or the size of the node has changed since.
    [[nodiscard]] std::optional<QStringList> takeWanted();
    /// The children of the current node have been asked for and nothing has come yet.
    [[nodiscard]] bool isWaiting() const;

private:
    /// By what a node is known to have changed.
    struct State {
        double size = 0;
        quint64 version = 0;

        friend bool operator==(const State&, const State&) = default;
    };
    struct Given {
        QList<TreemapNode> children;
        State state; ///< of the node when they were asked for
    };
    [[nodiscard]] static State stateOf(const TreemapNode& node) { return {node.size, node.version}; }

    /// nullptr: the path leads nowhere.
    [[nodiscard]] const TreemapNode* find(const QStringList& path) const;
    [[nodiscard]] TreemapNode* findInTree(const QStringList& path);
    /// The root and all nodes on a path, as far as it leads. Valid until something is set.
    [[nodiscard]] QList<const TreemapNode*> along(const QStringList& path) const;
    void putGivenBack();
    void follow(const QStringList& path);

    TreemapNode m_root;
    QStringList m_path;
    QMap<QStringList, Given> m_given; ///< sorted: a node comes before those in it
    QMap<QStringList, State> m_asked; ///< with the node's then
    mutable std::map<QStringList, TreemapNode> m_smaller; ///< what was taken together, by path
};

} // namespace weightroom::ui
