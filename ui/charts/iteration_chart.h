// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"
#include "ui/charts/chart_frame.h"

#include <QtCharts/QChartView>

class QScatterSeries;
class QValueAxis;

namespace weightroom::ui {

/// The time of each stage in each iteration of a benchmark, as dots: a first load that is slower, a drift, a bad one
/// are seen at once. GUI thread only.
class IterationChart final : public QChartView {
    Q_OBJECT
public:
    explicit IterationChart(QWidget* parent = nullptr);

    /// Once a tick.
    void setStages(const QList<BenchmarkStageView>& stages);
    [[nodiscard]] const ChartFrame& frame() const { return m_frame; }
    /// As a picture of its own, sharp on paper too.
    [[nodiscard]] QImage toImage();

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void drawBackground(QPainter* painter, const QRectF& rect) override;

private:
    void refresh();
    void layOut();
    [[nodiscard]] QScatterSeries* dots(qsizetype number);

    QList<BenchmarkStageView> m_stages;
    ChartFrame m_frame;
    QList<QScatterSeries*> m_dots; ///< that the chart owns
    QValueAxis* m_iteration;
    QValueAxis* m_seconds;
};

} // namespace weightroom::ui
