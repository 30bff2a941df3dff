// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/benchmark_choice_model.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <algorithm>

namespace weightroom::ui {

void BenchmarkChoiceModel::setLibrary(const LibraryView& library)
{
    QList<Row> rows;
    for (const ModelRow& model : library.models) {
        if (model.isUsable())
            rows.append({model.facts->id, model.facts->name, model.facts->componentBytes, model.facts->components});
    }
    if (rows == m_rows)
        return;
    const auto before = checked();
    beginResetModel();
    m_rows = rows;
    endResetModel();
    const auto after = checked();
    m_checked = QSet<QString>(after.begin(), after.end());
    if (after != before)
        Q_EMIT checkedChanged();
}

void BenchmarkChoiceModel::setChecked(const QStringList& ids)
{
    m_checked = QSet<QString>(ids.begin(), ids.end());
    if (!m_rows.isEmpty())
        Q_EMIT dataChanged(index(0), index(rowCount() - 1), {Qt::CheckStateRole});
    Q_EMIT checkedChanged();
}

QStringList BenchmarkChoiceModel::checked() const
{
    QStringList ids;
    for (const Row& row : m_rows) {
        if (m_checked.contains(row.id))
            ids.append(row.id);
    }
    return ids;
}

QList<ComponentFacts> BenchmarkChoiceModel::componentsOf(const QString& id) const
{
    const auto found = std::ranges::find(m_rows, id, &Row::id);
    return found == m_rows.end() ? QList<ComponentFacts>() : found->components;
}

int BenchmarkChoiceModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant BenchmarkChoiceModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows.size())
        return {};
    const Row& row = m_rows[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return row.name;
    case Qt::ToolTipRole:
        return plainToolTip(tr("%1, %2", "model, its size").arg(row.name, bytesText(row.bytes)));
    case Qt::CheckStateRole:
        return m_checked.contains(row.id) ? Qt::Checked : Qt::Unchecked;
    case IdRole:
        return row.id;
    default:
        return {};
    }
}

Qt::ItemFlags BenchmarkChoiceModel::flags(const QModelIndex& index) const
{
    return index.isValid()
        ? Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable | Qt::ItemNeverHasChildren
        : Qt::NoItemFlags;
}

bool BenchmarkChoiceModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (!index.isValid() || role != Qt::CheckStateRole || index.row() >= m_rows.size())
        return false;
    const QString& id = m_rows[index.row()].id;
    if (value.toInt() == Qt::Checked)
        m_checked.insert(id);
    else
        m_checked.remove(id);
    Q_EMIT dataChanged(index, index, {Qt::CheckStateRole});
    Q_EMIT checkedChanged();
    return true;
}

} // namespace weightroom::ui
