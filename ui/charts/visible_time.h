// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/time_series.h"

namespace weightroom::ui {

/// Which span of time a chart shows: the last so-and-so long, which goes on with the time (live), or one that was
/// chosen. Nothing after now is ever shown. Times in milliseconds since 1970, lengths in milliseconds.
class VisibleTime {
public:
    static constexpr qint64 kLeastLength = 10'000; ///< a handful of readings at one a second
    static constexpr qint64 kMostLength = qint64{366} * 24 * 3600 * 1000; ///< as long as the history is kept

    VisibleTime(qint64 now, qint64 liveLength);

    [[nodiscard]] bool isLive() const { return m_isLive; }
    [[nodiscard]] qint64 now() const { return m_now; }
    [[nodiscard]] TimeSpan span() const;

    void setNow(qint64 now) { m_now = now; }
    /// How long the live span is; within the limits.
    void setLiveLength(qint64 length);
    void showLive() { m_isLive = true; }
    /// Shows a chosen span, moved and cut to the limits.
    void show(TimeSpan span);
    /// Makes the span `factor` times as long, so that `about` stays where it is.
    void zoom(double factor, qint64 about);
    /// Moves the span; positive: to later times.
    void pan(qint64 by);

private:
    qint64 m_now;
    qint64 m_liveLength = kLeastLength;
    TimeSpan m_chosen;
    bool m_isLive = true;
};

} // namespace weightroom::ui
