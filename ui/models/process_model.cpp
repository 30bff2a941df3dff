// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/process_model.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <QLocale>

#include <algorithm>

namespace weightroom::ui {
namespace {

/// What this program uses: all that is ours, and what the driver needs for it. What is ready for the next load counts
/// as free, as in the amount of the page.
quint64 ownBytes(const WatchedMemory& memory)
{
    quint64 sum = 0;
    for (const LedgerKind kind :
        {LedgerKind::Component, LedgerKind::Shared, LedgerKind::Loading, LedgerKind::Overhead, LedgerKind::Context})
        sum += memory.bytesOf(kind);
    return sum;
}

QString workText(ProcessWork work)
{
    switch (work) {
    case ProcessWork::Compute:
        return ProcessModel::tr("Compute", "what a program does on a GPU");
    case ProcessWork::Graphics:
        return ProcessModel::tr("Graphics", "what a program does on a GPU");
    case ProcessWork::ComputeAndGraphics:
        return ProcessModel::tr("Compute and graphics", "what a program does on a GPU");
    case ProcessWork::Unknown:
        break;
    }
    return ProcessModel::tr("unknown", "what a program does on a GPU");
}

} // namespace

QList<ProcessModel::Row> ProcessModel::rowsOf(const WatchedMemory& memory)
{
    QList<Row> rows{{.program = tr("Weightroom", "this program, among others"), .id = 0, .bytes = ownBytes(memory)}};
    for (const LedgerRow& row : memory.ledger) {
        if (row.kind != LedgerKind::Process)
            continue;
        const QString name = row.processName.isEmpty() ? tr("unknown program", "a process") : row.processName;
        rows.append({.program = name, .id = row.processId, .work = row.work, .bytes = row.reported});
    }
    return rows;
}

void ProcessModel::setMemory(const WatchedMemory& memory)
{
    QList<Row> rows = rowsOf(memory);
    const bool areSame = std::ranges::equal(rows, m_rows, {}, &Row::id, &Row::id);
    if (!areSame) {
        beginResetModel();
        m_rows = std::move(rows);
        endResetModel();
        return;
    }
    const QList<Row> before = std::exchange(m_rows, std::move(rows));
    for (int row = 0; row < m_rows.size(); ++row) {
        if (before[row] != m_rows[row])
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1), {Qt::DisplayRole, Qt::ToolTipRole});
    }
}

int ProcessModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ProcessModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant ProcessModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows.size())
        return {};
    const Row& row = m_rows[index.row()];
    if (role == Qt::TextAlignmentRole && (index.column() == IdColumn || index.column() == MemoryColumn))
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    if (role == Qt::ToolTipRole && index.column() == MemoryColumn && row.bytes)
        return plainToolTip(exactBytesText(*row.bytes));
    if (role == Qt::ToolTipRole && index.column() == ProgramColumn)
        return plainToolTip(row.program);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case ProgramColumn:
        return row.program;
    case IdColumn:
        return row.id == 0 ? QString() : QString::number(row.id);
    case WorkColumn:
        return row.id == 0 ? QString() : workText(row.work);
    default:
        return row.bytes ? bytesText(*row.bytes) : tr("not reported", "memory of a process");
    }
}

QVariant ProcessModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case ProgramColumn:
        return tr("Program", "column");
    case IdColumn:
        return tr("Process", "column: its number");
    case WorkColumn:
        return tr("Kind", "column: what a program does on a GPU");
    case MemoryColumn:
        return tr("Memory", "column");
    default:
        return {};
    }
}

} // namespace weightroom::ui
