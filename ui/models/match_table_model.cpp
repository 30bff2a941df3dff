// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/match_table_model.h"

#include "ui/bridge/text/plain_text.h"

namespace weightroom::ui {
namespace {

QString verdictText(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Compatible:
        return MatchTableModel::tr("Yes", "verdict: works together");
    case Verdict::Perhaps:
        return MatchTableModel::tr("Perhaps", "verdict: works together");
    case Verdict::Incompatible:
        return MatchTableModel::tr("No", "verdict: works together");
    case Verdict::None:
        break;
    }
    return {};
}

} // namespace

void MatchTableModel::setMatches(const QList<MatchView>& matches)
{
    if (matches == m_matches)
        return;
    beginResetModel();
    m_matches = matches;
    endResetModel();
}

int MatchTableModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_matches.size());
}

int MatchTableModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant MatchTableModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_matches.size())
        return {};
    const MatchView& match = m_matches[index.row()];
    if (role == IdRole)
        return match.modelId;
    if (role == Qt::ToolTipRole)
        return match.detail.isEmpty() ? QVariant() : plainToolTip(match.detail);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case NameColumn:
        return match.name;
    case KindColumn:
        return match.kind;
    case VerdictColumn:
        return verdictText(match.verdict);
    case ReasonColumn:
        return match.reason;
    default:
        return {};
    }
}

QVariant MatchTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case NameColumn:
        return tr("Model", "column");
    case KindColumn:
        return tr("Kind", "column: checkpoint, LoRA, \u2026");
    case VerdictColumn:
        return tr("Works", "column: whether two models work together");
    case ReasonColumn:
        return tr("Because", "column: why two models work together, or not");
    default:
        return {};
    }
}

} // namespace weightroom::ui
