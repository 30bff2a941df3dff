// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/component_table_model.h"

#include "ui/bridge/text/model_text.h"
#include "ui/bridge/text/units.h"

namespace weightroom::ui {

void ComponentTableModel::setModel(const ModelRow& row)
{
    if (row.facts == m_facts) {
        if (row.status == m_status)
            return;
        m_status = row.status;
        if (rowCount() > 0)
            Q_EMIT dataChanged(index(0, PlaceColumn), index(rowCount() - 1, PlaceColumn), {Qt::DisplayRole});
        return;
    }
    beginResetModel();
    m_facts = row.facts;
    m_status = row.status;
    endResetModel();
}

void ComponentTableModel::clear()
{
    beginResetModel();
    m_facts.reset();
    m_status = {};
    endResetModel();
}

int ComponentTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_facts ? 0 : static_cast<int>(m_facts->components.size());
}

int ComponentTableModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ComponentTableModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const ComponentFacts& component = m_facts->components[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return displayText(component, index.column());
    case Qt::ToolTipRole:
        return index.column() == SizeColumn ? exactBytesText(component.bytes) : QVariant();
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter | (isNumber(index.column()) ? Qt::AlignRight : Qt::AlignLeft));
    case BytesRole:
        return component.bytes;
    case TensorsRole:
        return component.tensorCount;
    default:
        return {};
    }
}

QVariant ComponentTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter | (isNumber(section) ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn:
        return tr("Component", "column");
    case KindColumn:
        return tr("Kind", "column: VAE, text encoder, \u2026");
    case TensorsColumn:
        return tr("Tensors", "column: number of tensors");
    case SizeColumn:
        return tr("Size", "column: bytes of the component");
    case PlaceColumn:
        return tr("Where", "column: on disk, in the cache, on a device");
    default:
        return {};
    }
}

QString ComponentTableModel::displayText(const ComponentFacts& component, int column) const
{
    switch (column) {
    case NameColumn:
        return component.id;
    case KindColumn:
        return componentKindText(component.kind);
    case TensorsColumn:
        return countText(component.tensorCount);
    case SizeColumn:
        return bytesText(component.bytes);
    case PlaceColumn:
        return placeText(component.id);
    default:
        return {};
    }
}

QString ComponentTableModel::placeText(const QString& componentId) const
{
    QStringList places;
    for (const auto& [component, device] : m_status.loadedComponents) {
        if (component == componentId)
            places.append(device);
    }
    if (m_status.cachedComponents.contains(componentId))
        places.append(tr("RAM cache", "where a component is"));
    return places.isEmpty() ? tr("Disk", "where a component is") : places.join(QStringLiteral(", "));
}

} // namespace weightroom::ui
