// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart_lines.h"
#include "ui/charts/chart_readout.h"
#include "ui/charts/decimation.h"
#include "ui/charts/frame_layout.h"
#include "ui/charts/time_series.h"
#include "ui/charts/visible_time.h"

#include <QString>
#include <QtCharts/QChartView>

#include <chrono>
#include <optional>

namespace weightroom::ui {

/// Quantities of one unit over time: a line for the means, and a translucent band from the least to the greatest value
/// where these differ. A time without readings is a gap, never a line and never 0. The title stands outside.
///
/// The chart is live (its end is now) until the user chooses a span:
///   wheel            zooms about the pointer; with Shift, or sideways, moves. Inside of something that scrolls it does
///                    so once the chart has the focus or Ctrl is held: else the wheel scrolls
///   drag             moves
///   + − ← →          zoom about the crosshair, or the middle; move
///   double click, Escape, Home   back to live
/// Several charts share one span and one crosshair when the signals of each are connected to the slots of the others.
/// Slots emit nothing. After rangeChosen() the owner asks for readings of that span and hands them to setSeries().
///
/// While it is hidden nothing is computed. GUI thread only.
///
/// Cost: setSeries() and the painting that follows, of four series with 86,400 points each (24 h, one a second) on
/// 1000 × 220 pixels: 6 ms, at most 8 of 200 (2026-11-27, -O2, 2 virtual cores, software rendering); a live chart of 5
/// minutes 1.5 ms.
class TimeChart final : public QChartView {
    Q_OBJECT
public:
    static constexpr std::chrono::minutes kLiveLength{5};

    explicit TimeChart(ChartUnit unit, QWidget* parent = nullptr);

    /// The end of the value axis: a capacity, or a limit. None: as the visible values need it.
    void setFullScale(std::optional<double> value);
    /// What stands in the plot while no series has a reading; empty: "No readings yet".
    void setEmptyText(const QString& text);
    /// How long the live span is.
    void setLiveLength(std::chrono::milliseconds length);
    /// Once a tick: all that is known of the visible span (more does no harm, and costs little), and what time it is,
    /// in milliseconds since 1970 (0: not known yet). A legend shows where there are several.
    void setSeries(const QList<TimeSeries>& series, qint64 now);

    [[nodiscard]] bool isLive() const { return m_time.isLive(); }
    [[nodiscard]] TimeSpan visibleSpan() const { return m_time.span(); }
    /// What is painted around the lines.
    [[nodiscard]] const ChartFrame& frame() const { return m_frame; }
    /// What the readout beside the crosshair says, a line for each series; empty while there is no crosshair.
    [[nodiscard]] QString readoutText() const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

public Q_SLOTS:
    void showRange(qint64 from, qint64 to);
    void showLive();
    void showCrosshair(qint64 at);
    void hideCrosshair();

Q_SIGNALS:
    void rangeChosen(qint64 from, qint64 to); ///< by the user; milliseconds since 1970
    void liveWanted(); ///< by the user
    void hovered(qint64 at); ///< the pointer is at this moment
    void hoverEnded();

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void drawBackground(QPainter* painter, const QRectF& rect) override;
    void drawForeground(QPainter* painter, const QRectF& rect) override;
    bool viewportEvent(QEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    /// A press that may become a drag.
    struct Drag {
        double x = 0;
        TimeSpan span; ///< when it began
        bool isMoving = false;
    };

    void refresh();
    /// How many points a series may have: one for each pixel.
    [[nodiscard]] int columns() const;
    void decimateAll(int columns);
    void layOut();
    void describe();
    [[nodiscard]] bool hasReadings() const;
    [[nodiscard]] QString notice() const;
    [[nodiscard]] QColor colorOf(const TimeSeries& series) const;
    [[nodiscard]] Readout readout() const;
    [[nodiscard]] bool pageWantsWheel(const QWheelEvent& event) const;
    [[nodiscard]] bool moveByKey(int key);
    /// Applies a change that the user has made, and tells of it.
    void choose(const VisibleTime& next);
    void chooseLive();
    void hover(double x);
    void endHover();
    void drag(double x);

    ChartUnit m_unit;
    std::optional<double> m_fullScale;
    QString m_emptyText;
    QList<TimeSeries> m_series;
    VisibleTime m_time;
    QList<DecimatedSeries> m_shown; ///< as m_series
    ChartLines m_lines;
    ChartFrame m_frame;
    std::optional<qint64> m_crosshair; ///< milliseconds since 1970
    std::optional<double> m_pointer; ///< where this chart is pointed at; the crosshair stays there while time goes on
    std::optional<Drag> m_drag;
    bool m_isStale = true; ///< something has changed while hidden
};

} // namespace weightroom::ui
