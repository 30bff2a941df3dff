// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace weightroom::ui {

/// Paints the state of a row: a dot in the colour of the state and its text, or a progress bar while something runs.
/// Knows the two roles that it is told, not the model.
class StateDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    /// `conditionRole` gives a ModelCondition, `percentRole` 0 … 100, or less than 0 without a job.
    StateDelegate(int conditionRole, int percentRole, QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    int m_conditionRole;
    int m_percentRole;
};

} // namespace weightroom::ui
