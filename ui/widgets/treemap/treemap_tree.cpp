// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_tree.h"

#include "ui/widgets/treemap/treemap_smaller.h"

#include <utility>

namespace weightroom::ui {
namespace {

/// Without the steps that lead to no node of the tree.
QStringList inTree(QStringList path)
{
    path.removeIf(isStepToSmaller);
    return path;
}

} // namespace

void TreemapTree::setRoot(const TreemapNode& root)
{
    if (root.id != m_root.id)
        *this = {};
    m_root = root;
    putGivenBack();
    m_asked.removeIf([this](QMap<QStringList, State>::iterator asked) { return find(asked.key()) == nullptr; });
    follow(m_path);
}

void TreemapTree::setChildren(const QStringList& path, const QList<TreemapNode>& children)
{
    const TreemapNode* node = find(path);
    if (node == nullptr || !node->hasMore)
        return;
    m_given.insert(path, {.children = children, .state = m_asked.value(path, stateOf(*node))});
    m_asked.remove(path);
    putGivenBack();
    follow(m_path);
}

void TreemapTree::setPath(const QStringList& path)
{
    m_asked.remove(inTree(path));
    // Nothing may have been a refusal.
    if (m_given.value(inTree(path)).children.isEmpty())
        m_given.remove(inTree(path));
    follow(path);
}

QStringList TreemapTree::labels() const
{
    QStringList labels;
    for (const TreemapNode* node : along(m_path))
        labels.append(node->label);
    return labels;
}

TreemapTint TreemapTree::tint() const
{
    TreemapTint tint;
    for (const TreemapNode* node : along(m_path))
        tint = node->tintWithin(tint);
    return tint;
}

std::optional<QStringList> TreemapTree::takeWanted()
{
    const QStringList path = inTree(m_path);
    const TreemapNode& node = *find(path);
    if (!node.hasMore || m_asked.contains(path))
        return std::nullopt;
    const auto given = m_given.constFind(path);
    if (given != m_given.constEnd() && given->state == stateOf(node))
        return std::nullopt;
    m_asked.insert(path, stateOf(node));
    return path;
}

bool TreemapTree::isWaiting() const
{
    const QStringList path = inTree(m_path);
    return m_asked.contains(path) && !m_given.contains(path);
}

const TreemapNode* TreemapTree::find(const QStringList& path) const
{
    const QList<const TreemapNode*> nodes = along(path);
    return nodes.size() == path.size() + 1 ? nodes.last() : nullptr;
}

TreemapNode* TreemapTree::findInTree(const QStringList& path)
{
    TreemapNode* node = &m_root;
    for (const QString& id : path) {
        const auto next = std::ranges::find(node->children, id, &TreemapNode::id);
        if (next == node->children.end())
            return nullptr;
        node = &*next;
    }
    return node;
}

QList<const TreemapNode*> TreemapTree::along(const QStringList& path) const
{
    QList<const TreemapNode*> nodes{&m_root};
    QStringList followed;
    for (const QString& id : path) {
        followed.append(id);
        const TreemapNode* next = nodes.last()->child(id);
        if (next == nullptr && !m_smaller.contains(followed)) {
            if (auto smaller = smallerOf(*nodes.last(), id))
                m_smaller.emplace(followed, std::move(*smaller));
        }
        if (const auto smaller = m_smaller.find(followed); next == nullptr && smaller != m_smaller.end())
            next = &smaller->second;
        if (next == nullptr)
            break;
        nodes.append(next);
    }
    return nodes;
}

void TreemapTree::putGivenBack()
{
    m_smaller.clear();
    for (auto given = m_given.begin(); given != m_given.end();) {
        TreemapNode* node = findInTree(given.key());
        if (node == nullptr || !node->hasMore) {
            given = m_given.erase(given);
            continue;
        }
        node->children = given->children;
        ++given;
    }
}

void TreemapTree::follow(const QStringList& path)
{
    const QList<const TreemapNode*> nodes = along(path);
    QStringList followed;
    for (qsizetype depth = 1; depth < nodes.size() && nodes[depth]->canBeEntered(); ++depth)
        followed.append(path[depth - 1]);
    m_path = followed;
}

} // namespace weightroom::ui
