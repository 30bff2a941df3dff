// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QPointF>

namespace weightroom::ui {

/// The last samples of one quantity, the oldest first. x is the age in samples, 0 for the newest and negative before.
class HistoryRing {
public:
    explicit HistoryRing(qsizetype capacity);

    void append(double value);
    [[nodiscard]] QList<QPointF> points() const;
    [[nodiscard]] qsizetype size() const { return m_values.size(); }

private:
    qsizetype m_capacity;
    qsizetype m_next = 0; ///< where the next one goes once the ring is full
    QList<double> m_values;
};

} // namespace weightroom::ui
