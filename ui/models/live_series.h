// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"

#include <QHash>
#include <QList>
#include <QSet>

namespace weightroom::ui {

/// The numbers of the last minutes, one a second, as they come in.
class LiveSeries {
public:
    static constexpr qint64 kLength = 15LL * 60 * 1000; ///< milliseconds that are kept
    static constexpr qint64 kStep = 1000; ///< milliseconds from one number to the next

    /// The newest numbers. A clock that went back begins anew.
    void add(const MonitorView& seen);
    /// What was before the first of them: points that are older than what is there, of those series that have one for
    /// each second.
    void prepend(const HistoryView& history);

    /// By time.
    [[nodiscard]] QList<TimePoint> points(const SeriesId& id) const { return m_series.value(id); }
    /// Milliseconds from one number to the next: more than kStep where there were none lately because a GPU rests.
    [[nodiscard]] qint64 stepOf(const SeriesId& id) const;
    [[nodiscard]] qint64 now() const { return m_now; } ///< of the newest numbers; 0: there are none

private:
    QHash<SeriesId, QList<TimePoint>> m_series;
    QHash<SeriesId, qint64> m_rested; ///< when the GPU of a series was left alone last
    qint64 m_now = 0;
};

} // namespace weightroom::ui
