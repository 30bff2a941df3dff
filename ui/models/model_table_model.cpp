// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/model_table_model.h"

#include "ui/bridge/text/model_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"
#include "ui/models/list_diff.h"
#include "ui/style/icons.h"

namespace weightroom::ui {
namespace {

QString orDash(const QString& text) { return text.isEmpty() ? QStringLiteral("\u2013") : text; }

QString architectureText(const ModelRow& row)
{
    if (row.architecture().isEmpty() || row.facts->variant.isEmpty())
        return orDash(row.architecture());
    return QStringLiteral("%1 \u00B7 %2").arg(row.architecture(), row.facts->variant);
}

/// What stands under the name on a card.
QString captionOf(const ModelRow& row)
{
    if (row.facts->problem)
        return row.facts->problem->sentence;
    QStringList parts{kindText(row.kind()), row.architecture()};
    parts.removeAll(QString());
    return parts.join(QStringLiteral(" \u00B7 "));
}

/// What the state column has no room for.
QStringList stateDetails(const ModelRow& row)
{
    if (row.facts->problem)
        return {row.facts->problem->sentence, row.facts->problem->detail};
    QStringList sentences = loadedUntilTexts(row.status);
    if (row.isPinned())
        sentences.append(row.status.cachedComponents.isEmpty()
                ? ModelTableModel::tr("Once it is in the RAM cache it stays there, even when others need the room.")
                : ModelTableModel::tr("It stays in the RAM cache, even when others need the room."));
    return sentences;
}

QString searchTextOf(const ModelRow& row)
{
    if (!row.notes || row.notes->tags.isEmpty())
        return row.facts->searchText;
    return row.facts->searchText + QLatin1Char('\n') + row.notes->tags.join(QLatin1Char('\n')).toCaseFolded();
}

} // namespace

/// The steps by which list_diff.h changes this model.
struct ModelTableModel::DiffSteps {
    ModelTableModel& model;

    void removeRowRange(int first, int last) const
    {
        model.beginRemoveRows({}, first, last);
        model.m_rows.remove(first, last - first + 1);
        model.rebuildIndex();
        model.endRemoveRows();
    }
    void insertRowRange(int row, const QList<ModelRow>& rows) const
    {
        model.beginInsertRows({}, row, row + static_cast<int>(rows.size()) - 1);
        model.m_rows = model.m_rows.mid(0, row) + rows + model.m_rows.mid(row);
        model.rebuildIndex();
        model.endInsertRows();
    }
    void replaceRow(int row, const ModelRow& value) const
    {
        model.m_rows[row] = value;
        Q_EMIT model.dataChanged(model.index(row, 0), model.index(row, ColumnCount - 1));
    }
    void resetRows(const QList<ModelRow>& rows) const
    {
        model.beginResetModel();
        model.m_rows = rows;
        model.rebuildIndex();
        model.endResetModel();
    }
};

void ModelTableModel::setRows(const QList<ModelRow>& rows)
{
    applyDiff(
        m_rows, rows, [](const ModelRow& row) { return row.facts->id; }, DiffSteps{*this});
}

void ModelTableModel::setProgress(const QString& modelId, int percent)
{
    const int before = m_percentById.value(modelId, -1);
    if (before == percent || (before < 0 && percent < 0))
        return;
    if (percent < 0)
        m_percentById.remove(modelId);
    else
        m_percentById.insert(modelId, percent);
    const int row = m_rowById.value(modelId, -1);
    if (row >= 0)
        Q_EMIT dataChanged(index(row, StateColumn), index(row, StateColumn), {Qt::DisplayRole, PercentRole});
}

const ModelRow* ModelTableModel::find(const QString& modelId) const
{
    const int row = m_rowById.value(modelId, -1);
    return row < 0 ? nullptr : &m_rows[row];
}

const ModelRow* ModelTableModel::at(const QModelIndex& index) const
{
    return index.isValid() && index.row() < m_rows.size() ? &m_rows[index.row()] : nullptr;
}

QModelIndex ModelTableModel::indexOf(const QString& modelId) const
{
    const int row = m_rowById.value(modelId, -1);
    return row < 0 ? QModelIndex() : index(row, NameColumn);
}

int ModelTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ModelTableModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ModelTableModel::data(const QModelIndex& index, int role) const
{
    const ModelRow* row = at(index);
    if (row == nullptr)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return displayText(*row, index.column());
    case Qt::ToolTipRole:
        return plainToolTip(toolTip(*row, index.column()));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter | (index.column() == SizeColumn ? Qt::AlignRight : Qt::AlignLeft));
    case IdRole:
        return row->facts->id;
    case KindRole:
        return static_cast<int>(row->kind());
    case ConditionRole:
        return static_cast<int>(row->status.condition);
    case PercentRole:
        return percentFor(*row);
    case BytesRole:
        return row->facts->fileBytes;
    case SearchRole:
        return searchTextOf(*row);
    case CaptionRole:
        return captionOf(*row);
    case KindTextRole:
        return row->isUsable() ? kindText(row->kind()) : QString();
    case FavoriteRole:
        return row->isFavorite();
    case PinnedRole:
        return row->isPinned();
    case PathRole:
        return row->facts->systemPath;
    case Qt::DecorationRole:
        return row->isFavorite() && index.column() == NameColumn
            ? QVariant(themedIcon(QStringLiteral("star-filled"), IconPlace::Row))
            : QVariant();
    case SortRole:
        return sortKey(*row, index.column());
    default:
        return {};
    }
}

QVariant ModelTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter | (section == SizeColumn ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn:
        return tr("Name", "column");
    case KindColumn:
        return tr("Kind", "column: checkpoint, LoRA, \u2026");
    case ArchitectureColumn:
        return tr("Architecture", "column: SDXL, Flux, \u2026");
    case PrecisionColumn:
        return tr("Precision", "column: fp16, \u2026");
    case SizeColumn:
        return tr("Size", "column: size of the file");
    case StateColumn:
        return tr("State", "column: on disk, cached, loaded");
    default:
        return {};
    }
}

QString ModelTableModel::displayText(const ModelRow& row, int column) const
{
    switch (column) {
    case NameColumn:
        return row.facts->name;
    case KindColumn:
        return row.isUsable() ? kindText(row.kind()) : orDash({});
    case ArchitectureColumn:
        return architectureText(row);
    case PrecisionColumn:
        return orDash(row.facts->precision);
    case SizeColumn:
        return bytesText(row.facts->fileBytes);
    case StateColumn:
        return statusText(row, percentFor(row));
    default:
        return {};
    }
}

QVariant ModelTableModel::sortKey(const ModelRow& row, int column) const
{
    if (column == SizeColumn)
        return row.facts->fileBytes;
    if (column == StateColumn)
        return static_cast<int>(row.status.condition);
    return displayText(row, column);
}

QString ModelTableModel::toolTip(const ModelRow& row, int column) const
{
    switch (column) {
    case NameColumn:
        return row.facts->path;
    case SizeColumn:
        return exactBytesText(row.facts->fileBytes);
    case StateColumn:
        return stateDetails(row).join(QLatin1Char('\n'));
    default:
        return {};
    }
}

int ModelTableModel::percentFor(const ModelRow& row) const { return m_percentById.value(row.facts->id, -1); }

void ModelTableModel::rebuildIndex()
{
    m_rowById.clear();
    m_rowById.reserve(m_rows.size());
    for (int row = 0; row < m_rows.size(); ++row)
        m_rowById.insert(m_rows[row].facts->id, row);
}

} // namespace weightroom::ui
