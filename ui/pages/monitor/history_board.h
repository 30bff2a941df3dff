// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"
#include "ui/charts/time_series.h"

#include <QList>
#include <QTimer>
#include <QWidget>

#include <optional>

class QComboBox;
class QGridLayout;
class QHBoxLayout;
class QLabel;
class QToolButton;

namespace weightroom::ui {

class LiveSeries;
class TimeChart;

/// One line of a chart.
struct ChartLine {
    SeriesId series;
    QString name; ///< as it is shown
    std::optional<SeriesId> rest{}; ///< where it is: the line is the share of the series in both together
};

/// One chart of a board.
struct ChartSpec {
    QString title; ///< safe to show
    ChartUnit unit = ChartUnit::Count;
    QList<ChartLine> lines;
    std::optional<double> fullScale{}; ///< as TimeChart's
    QString emptyText{}; ///< likewise
};

/// Charts that show the same span of time and one crosshair: live over the last minutes, hours or days, or a span that
/// the user has zoomed to. Short spans come from the numbers of each second; for others it asks for the history.
class HistoryBoard final : public QWidget {
    Q_OBJECT
public:
    /// `live` outlives the board. `mostColumns`: so many charts stand beside one another where there is room.
    explicit HistoryBoard(const LiveSeries& live, int mostColumns, QWidget* parent = nullptr);

    /// Something that stands before the chooser of the span.
    void addToHeader(QWidget* widget);
    /// Something at the other end of it.
    void addToHeaderEnd(QWidget* widget);
    /// Keeps those that are alike, so that nothing flickers; they get new points with the next tick().
    void setCharts(const QList<ChartSpec>& charts);
    /// New numbers have come in. Once a second; the points of each chart are replaced once for them, however often it
    /// is told.
    void tick();
    /// The answer to historyWanted(); one that is not waited for any more is left alone.
    void setHistory(const HistoryView& history);

    [[nodiscard]] TimeChart* chart(qsizetype place) const { return m_charts.value(place).chart; }
    [[nodiscard]] qsizetype chartCount() const { return m_charts.size(); }
    [[nodiscard]] QComboBox* spanChooser() const { return m_chooser; }
    /// What the charts show, as a question about all devices; without metrics while there is nothing to see.
    [[nodiscard]] HistoryRequest shown() const;
    /// As narrow as one chart.
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    void historyWanted(const weightroom::ui::HistoryRequest& request);

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Chart {
        ChartSpec spec;
        QLabel* title = nullptr;
        TimeChart* chart = nullptr;
    };

    void buildHeader();
    [[nodiscard]] Chart makeChart(const ChartSpec& spec);
    void removeChart(Chart& chart);
    void layOut();
    void chooseLength(qint64 length);
    void chooseRange(qint64 from, qint64 to);
    void goLive();
    void shareSpan(const TimeChart* except);
    /// Whether the numbers of each second are all that is needed.
    [[nodiscard]] bool isLiveEnough() const;
    void askIfNeeded();
    void ask();
    void refresh();
    [[nodiscard]] QList<TimePoint> pointsOf(const SeriesId& id) const;
    [[nodiscard]] QList<TimePoint> pointsOf(const ChartLine& line) const;
    [[nodiscard]] qint64 stepOf(const SeriesId& id) const;
    [[nodiscard]] qint64 length() const;

    const LiveSeries& m_live;
    const int m_mostColumns;
    int m_columns = 1; ///< that there is room for
    QHBoxLayout* m_header;
    QComboBox* m_chooser;
    QToolButton* m_back;
    QGridLayout* m_grid;
    QList<Chart> m_charts;
    std::optional<TimeSpan> m_range; ///< that the user has zoomed to; absent: live
    HistoryView m_history; ///< that came last
    std::optional<HistoryRequest> m_asked; ///< and not answered yet
    qint64 m_askedAt = 0; ///< by the clock of the numbers
    qint64 m_shownAt = 0; ///< likewise: up to when the charts show them
    QTimer m_zoomTimer; ///< a wheel turns for a while: it is asked when it has come to rest
};

} // namespace weightroom::ui
