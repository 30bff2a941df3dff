// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/library_tree_model.h"

#include "ui/bridge/text/model_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <QDir>

#include <algorithm>
#include <array>

namespace weightroom::ui {
namespace {

constexpr std::array kFindings{
    Finding::Duplicate, Finding::Misplaced, Finding::Incomplete, Finding::Unrecognised, Finding::Unusable};

int countIn(const QList<ModelRow>& rows, const LibraryPart& part)
{
    return static_cast<int>(std::ranges::count_if(rows, [&](const ModelRow& row) { return isIn(part, row); }));
}

QStringList tagsOf(const QList<ModelRow>& rows)
{
    QSet<QString> tags;
    for (const ModelRow& row : rows) {
        if (row.notes)
            tags.unite(QSet<QString>(row.notes->tags.begin(), row.notes->tags.end()));
    }
    QStringList sorted = tags.values();
    sorted.sort(Qt::CaseInsensitive);
    return sorted;
}

} // namespace

bool LibraryTreeModel::Entry::hasSameShape(const Entry& other) const
{
    return text == other.text && part == other.part
        && std::ranges::equal(
            children, other.children, [](const Entry& left, const Entry& right) { return left.hasSameShape(right); });
}

QList<LibraryTreeModel::Entry> LibraryTreeModel::entriesOf(const QList<ModelRow>& rows, const QStringList& folders)
{
    const auto entry = [&rows](const QString& text, LibraryPart part) {
        const int count = countIn(rows, part);
        return Entry{.text = text, .part = std::move(part), .count = count};
    };
    QList<Entry> entries{entry(tr("All models", "part of the library"), {}),
        entry(tr("Favourites", "part of the library"), {.isFavorites = true})};
    const auto addGroup = [&entries](const QString& text, QList<Entry> children) {
        children.removeIf([](const Entry& child) { return child.count == 0; });
        if (!children.isEmpty())
            entries.append({.text = text, .part = std::nullopt, .count = 0, .children = std::move(children)});
    };
    QList<Entry> kinds;
    for (const ModelKind kind : kModelKinds)
        kinds.append(entry(kindText(kind), {.kind = kind}));
    addGroup(tr("Kinds", "parts of the library"), kinds);
    QList<Entry> tags;
    for (const QString& tag : tagsOf(rows))
        tags.append(entry(tag, {.tag = tag}));
    addGroup(tr("Tags", "parts of the library"), tags);
    QList<Entry> findings;
    for (const Finding finding : kFindings)
        findings.append(entry(findingText(finding), {.finding = finding}));
    addGroup(tr("Findings", "parts of the library"), findings);
    QList<Entry> places;
    for (const QString& folder : folders)
        places.append(entry(QDir(folder).dirName(), {.folder = folder}));
    addGroup(tr("Folders", "parts of the library"), places);
    return entries;
}

void LibraryTreeModel::setRows(const QList<ModelRow>& rows, const QStringList& folders)
{
    QList<Entry> next = entriesOf(rows, folders);
    const bool isSame = std::ranges::equal(
        m_entries, next, [](const Entry& left, const Entry& right) { return left.hasSameShape(right); });
    if (!isSame) {
        beginResetModel();
        m_entries = std::move(next);
        endResetModel();
        return;
    }
    m_entries = std::move(next);
    for (int row = 0; row < m_entries.size(); ++row) {
        const QModelIndex parent = index(row, 0);
        Q_EMIT dataChanged(parent, parent, {CountRole});
        if (const int children = rowCount(parent); children > 0)
            Q_EMIT dataChanged(index(0, 0, parent), index(children - 1, 0, parent), {CountRole});
    }
}

QModelIndex LibraryTreeModel::indexOf(const LibraryPart& part) const
{
    for (int row = 0; row < m_entries.size(); ++row) {
        if (m_entries[row].part == part)
            return index(row, 0);
        const auto& children = m_entries[row].children;
        for (int child = 0; child < children.size(); ++child) {
            if (children[child].part == part)
                return index(child, 0, index(row, 0));
        }
    }
    return {};
}

// The internal id of an entry on the first level is 0, of others the row of their parent plus 1.
QModelIndex LibraryTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : quintptr{0});
}

QModelIndex LibraryTreeModel::parent(const QModelIndex& index) const
{
    if (!index.isValid() || index.internalId() == 0)
        return {};
    return createIndex(static_cast<int>(index.internalId()) - 1, 0, quintptr{0});
}

int LibraryTreeModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_entries.size());
    const Entry* entry = entryAt(parent);
    return entry == nullptr ? 0 : static_cast<int>(entry->children.size());
}

int LibraryTreeModel::columnCount(const QModelIndex&) const { return 1; }

QVariant LibraryTreeModel::data(const QModelIndex& index, int role) const
{
    const Entry* entry = entryAt(index);
    if (entry == nullptr)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return entry->text;
    case Qt::ToolTipRole:
        return entry->part && !entry->part->folder.isEmpty() ? plainToolTip(entry->part->folder) : QVariant();
    case Qt::AccessibleTextRole:
        return entry->part ? tr("%1, %n models", "accessible text", entry->count).arg(entry->text) : entry->text;
    case PartRole:
        return entry->part ? QVariant::fromValue(*entry->part) : QVariant();
    case CountRole:
        return entry->part ? QVariant(entry->count) : QVariant();
    default:
        return {};
    }
}

Qt::ItemFlags LibraryTreeModel::flags(const QModelIndex& index) const
{
    const Entry* entry = entryAt(index);
    if (entry == nullptr)
        return Qt::NoItemFlags;
    return entry->part ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::ItemFlags(Qt::ItemIsEnabled);
}

const LibraryTreeModel::Entry* LibraryTreeModel::entryAt(const QModelIndex& index) const
{
    if (!index.isValid())
        return nullptr;
    if (index.internalId() == 0)
        return index.row() < m_entries.size() ? &m_entries[index.row()] : nullptr;
    const auto parent = static_cast<qsizetype>(index.internalId()) - 1;
    if (parent >= m_entries.size() || index.row() >= m_entries[parent].children.size())
        return nullptr;
    return &m_entries[parent].children[index.row()];
}

} // namespace weightroom::ui
