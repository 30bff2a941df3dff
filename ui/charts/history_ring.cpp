// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/history_ring.h"

namespace weightroom::ui {

HistoryRing::HistoryRing(qsizetype capacity)
    : m_capacity(capacity)
{
}

void HistoryRing::append(double value)
{
    if (m_values.size() < m_capacity) {
        m_values.append(value);
        return;
    }
    m_values[m_next] = value;
    m_next = (m_next + 1) % m_capacity;
}

QList<QPointF> HistoryRing::points() const
{
    QList<QPointF> points;
    points.reserve(m_values.size());
    for (qsizetype index = 0; index < m_values.size(); ++index) {
        const double value = m_values[(m_next + index) % m_values.size()];
        points.append({static_cast<double>(index - m_values.size() + 1), value});
    }
    return points;
}

} // namespace weightroom::ui
