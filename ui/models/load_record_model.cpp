// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/load_record_model.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <cmath>

namespace weightroom::ui {
namespace {

LoadFigure figureOf(int column) { return static_cast<LoadFigure>(column - LoadRecordModel::BytesColumn); }

QString numberText(LoadFigure figure, double number)
{
    return figure == LoadFigure::Bytes ? bytesText(static_cast<quint64>(number))
                                       : durationText(std::chrono::duration<double>(number));
}

QString figureText(LoadFigure figure, const ForecastView& forecast)
{
    const QString measured = numberText(figure, forecast.measured);
    if (!forecast.predicted)
        return measured;
    return LoadRecordModel::tr("%1 (%2)", "measured, predicted").arg(measured, numberText(figure, *forecast.predicted));
}

/// How good the prediction was, a sentence.
QString errorText(const ForecastView& forecast)
{
    if (!forecast.predicted)
        return LoadRecordModel::tr("Nothing was predicted: too little had been measured yet.");
    if (!forecast.errorPercent)
        return {};
    const auto percent = static_cast<int>(std::lround(std::min(std::abs(*forecast.errorPercent), 1e6)));
    if (percent == 0)
        return LoadRecordModel::tr("The prediction was right.");
    return (*forecast.errorPercent > 0 ? LoadRecordModel::tr("The prediction was %1 too high.", "percentage")
                                       : LoadRecordModel::tr("The prediction was %1 too low.", "percentage"))
        .arg(percentText(percent));
}

} // namespace

void LoadRecordModel::setRecords(const QList<LoadRecordView>& records)
{
    if (records == m_records)
        return;
    beginResetModel();
    m_records = records;
    endResetModel();
}

int LoadRecordModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_records.size());
}

int LoadRecordModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant LoadRecordModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_records.size())
        return {};
    const LoadRecordView& record = m_records[index.row()];
    const bool isFigure = index.column() >= BytesColumn;
    if (role == Qt::ToolTipRole && isFigure)
        return plainToolTip(errorText(record[figureOf(index.column())]));
    if (role != Qt::DisplayRole)
        return {};
    if (isFigure)
        return figureText(figureOf(index.column()), record[figureOf(index.column())]);
    if (index.column() == WhenColumn)
        return momentText(record.at, QDate::currentDate());
    return record.deviceId.isEmpty() ? tr("RAM cache", "where a model was loaded to") : record.deviceId;
}

QVariant LoadRecordModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case WhenColumn:
        return tr("When", "column: time of a load");
    case PlaceColumn:
        return tr("To", "column: device, or the RAM cache");
    case BytesColumn:
        return tr("New there", "column: bytes that a load has added");
    case AllocatingColumn:
        return tr("Taking memory", "column: duration");
    case ReadingColumn:
        return tr("Reading", "column: duration");
    case CopyingColumn:
        return tr("Copying", "column: duration");
    case TotalColumn:
        return tr("In all", "column: duration");
    default:
        return {};
    }
}

} // namespace weightroom::ui
