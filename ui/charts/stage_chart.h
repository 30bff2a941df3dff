// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"
#include "ui/charts/nice_axis.h"

#include <QtCharts/QChartView>

#include <array>

class QBarCategoryAxis;
class QHorizontalBarSeries;
class QValueAxis;

namespace weightroom::ui {

/// One run in the chart.
struct StageChartRun {
    QString name; ///< safe to show
    QList<BenchmarkStageView> stages;
};

/// How long each stage of a model took: a bar for the median, a whisker from the minimum to the 95th percentile, and a
/// mark where the stage would be at its limit. Above each bar its name and what it came to. Stages that were not
/// measured are not there. With two runs there are two bars a stage, the run that is looked at above the other one.
///
///     Reading                                     1.20 s · 2.30 GiB/s · 92 % of the disk
///     ██████████████████████████████████├─┼──┤
///
/// While a run goes on setRuns() is called once a tick. GUI thread only.
class StageChart final : public QChartView {
    Q_OBJECT
public:
    static constexpr qsizetype kMostRuns = 2;
    static constexpr double kGap = 5; ///< around the legend and the axis

    explicit StageChart(QWidget* parent = nullptr);

    /// Of the same model; the first one is the one that is looked at. Further ones than kMostRuns are left out.
    void setRuns(const QList<StageChartRun>& runs);

    /// A stage with its texts, as it stands in the chart.
    struct Row {
        BenchmarkStage stage = BenchmarkStage::None;
        QString name;
        QString figures;
        std::array<std::optional<BenchmarkStageView>, kMostRuns> runs; ///< absent: not measured in that run
    };
    [[nodiscard]] const QList<Row>& rows() const { return m_rows; }
    /// In widget coordinates, from 0 to the end of the axis.
    [[nodiscard]] QRectF barRect(qsizetype row, qsizetype run) const;
    /// As a picture of its own, sharp on paper too: so many points wide and as high as it takes, whatever the size in
    /// which the chart is shown, or whether it is.
    [[nodiscard]] QImage toImage(int width) const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void drawBackground(QPainter* painter, const QRectF& rect) override;
    void drawForeground(QPainter* painter, const QRectF& rect) override;

private:
    void refresh();
    void updateRows();
    void updateBars();
    void layOut();
    void describe();
    [[nodiscard]] qsizetype runCount() const;
    [[nodiscard]] double rowHeight() const;
    [[nodiscard]] int contentHeight() const;
    [[nodiscard]] double greatest() const;
    [[nodiscard]] double x(double seconds) const;
    [[nodiscard]] QColor colorOf(qsizetype run) const;
    void paintAxis(QPainter& painter) const;
    void paintTexts(QPainter& painter, qsizetype row) const;
    void paintMarks(QPainter& painter, const QRectF& bar, const BenchmarkStageView& stage) const;
    void paintLegend(QPainter& painter) const;

    QList<StageChartRun> m_runs;
    QList<Row> m_rows;
    ValueAxis m_axis;
    QRectF m_plot;
    QHorizontalBarSeries* m_bars;
    QBarCategoryAxis* m_stageAxis;
    QValueAxis* m_timeAxis;
};

} // namespace weightroom::ui
