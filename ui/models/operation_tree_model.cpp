// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/operation_tree_model.h"

#include "ui/bridge/text/plain_text.h"

#include <QFont>

#include <algorithm>

namespace weightroom::ui {

OperationTreeModel::OperationTreeModel(const QList<OperationView>& operations, QObject* parent)
    : QAbstractItemModel(parent)
{
    for (const OperationView& operation : operations) {
        auto family = std::ranges::find(m_families, operation.family, &Family::name);
        if (family == m_families.end())
            family = m_families.insert(m_families.end(), {.name = operation.family, .operations = {}});
        family->operations.append(operation);
    }
}

// The internal id of a family is 0, of an operation the row of its family plus 1.
QModelIndex OperationTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : quintptr{0});
}

QModelIndex OperationTreeModel::parent(const QModelIndex& index) const
{
    if (!index.isValid() || index.internalId() == 0)
        return {};
    return createIndex(static_cast<int>(index.internalId()) - 1, 0, quintptr{0});
}

int OperationTreeModel::rowCount(const QModelIndex& parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_families.size());
    const Family* family = familyAt(parent);
    return family == nullptr ? 0 : static_cast<int>(family->operations.size());
}

int OperationTreeModel::columnCount(const QModelIndex&) const { return 1; }

QVariant OperationTreeModel::data(const QModelIndex& index, int role) const
{
    if (const Family* family = familyAt(index))
        return familyData(*family, role);
    const OperationView* operation = operationAt(index);
    if (operation == nullptr)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return operation->shortName();
    case Qt::ToolTipRole:
        return plainToolTip(operation->name + QLatin1Char('\n') + operation->summary);
    case Qt::AccessibleTextRole:
    case NameRole:
        return operation->name;
    case Qt::AccessibleDescriptionRole:
        return operation->summary;
    case SearchRole:
        return QString(operation->name + QLatin1Char(' ') + operation->summary);
    default:
        return {};
    }
}

Qt::ItemFlags OperationTreeModel::flags(const QModelIndex& index) const
{
    if (operationAt(index) != nullptr)
        return Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    return familyAt(index) != nullptr ? Qt::ItemFlags(Qt::ItemIsEnabled) : Qt::ItemFlags(Qt::NoItemFlags);
}

QVariant OperationTreeModel::familyData(const Family& family, int role)
{
    if (role == Qt::DisplayRole)
        return family.name;
    if (role != Qt::FontRole)
        return {};
    QFont heading;
    heading.setWeight(QFont::DemiBold);
    return heading;
}

const OperationTreeModel::Family* OperationTreeModel::familyAt(const QModelIndex& index) const
{
    const bool isFamily = index.isValid() && index.internalId() == 0 && index.row() < m_families.size();
    return isFamily ? &m_families[index.row()] : nullptr;
}

const OperationView* OperationTreeModel::operationAt(const QModelIndex& index) const
{
    const Family* family = index.isValid() ? familyAt(parent(index)) : nullptr;
    return family != nullptr && index.row() < family->operations.size() ? &family->operations[index.row()] : nullptr;
}

} // namespace weightroom::ui
