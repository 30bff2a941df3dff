// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_tree.h"

#include <utility>

namespace weightroom::ui {

void TreemapTree::setRoot(const TreemapNode& root)
{
    if (root.id != m_root.id)
        *this = {};
    m_root = root;
    putGivenBack();
    m_asked.removeIf([this](QMap<QStringList, double>::iterator asked) {
        return std::as_const(*this).find(asked.key()) == nullptr;
    });
    follow(m_path);
}

void TreemapTree::setChildren(const QStringList& path, const QList<TreemapNode>& children)
{
    const TreemapNode* node = std::as_const(*this).find(path);
    if (node == nullptr || !node->hasMore)
        return;
    m_given.insert(path, {.children = children, .size = m_asked.value(path, node->size)});
    m_asked.remove(path);
    putGivenBack();
    follow(m_path);
}

void TreemapTree::setPath(const QStringList& path)
{
    m_asked.remove(path);
    follow(path);
}

QStringList TreemapTree::labels() const
{
    QStringList labels{m_root.label};
    const TreemapNode* node = &m_root;
    for (const QString& id : m_path) {
        node = node->child(id);
        labels.append(node->label);
    }
    return labels;
}

TreemapTint TreemapTree::tint() const
{
    const TreemapNode* node = &m_root;
    TreemapTint tint = node->tintWithin({});
    for (const QString& id : m_path) {
        node = node->child(id);
        tint = node->tintWithin(tint);
    }
    return tint;
}

std::optional<QStringList> TreemapTree::takeWanted()
{
    const TreemapNode& node = current();
    if (!node.hasMore || m_asked.contains(m_path))
        return std::nullopt;
    const auto given = m_given.constFind(m_path);
    if (given != m_given.constEnd() && given->size == node.size)
        return std::nullopt;
    m_asked.insert(m_path, node.size);
    return m_path;
}

bool TreemapTree::isWaiting() const { return m_asked.contains(m_path) && !m_given.contains(m_path); }

const TreemapNode* TreemapTree::find(const QStringList& path) const
{
    const TreemapNode* node = &m_root;
    for (const QString& id : path) {
        node = node->child(id);
        if (node == nullptr)
            return nullptr;
    }
    return node;
}

TreemapNode* TreemapTree::find(const QStringList& path)
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

void TreemapTree::putGivenBack()
{
    for (auto given = m_given.begin(); given != m_given.end();) {
        TreemapNode* node = find(given.key());
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
    QStringList followed;
    const TreemapNode* node = &m_root;
    for (const QString& id : path) {
        node = node->child(id);
        if (node == nullptr || !node->canBeEntered())
            break;
        followed.append(id);
    }
    m_path = followed;
}

} // namespace weightroom::ui
