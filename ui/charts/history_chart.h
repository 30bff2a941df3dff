// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/history_ring.h"

#include <QtCharts/QChartView>

class QAreaSeries;
class QLineSeries;
class QValueAxis;

namespace weightroom::ui {

/// The bytes that a memory held over the last five minutes, as a small area.
class HistoryChart final : public QChartView {
    Q_OBJECT
public:
    /// One sample a second for five minutes: fewer points than the chart has pixels.
    static constexpr int kSamples = 300;

    explicit HistoryChart(QWidget* parent = nullptr);

    void setCapacity(quint64 bytes);
    /// Adds a sample and redraws; called once a second.
    void append(quint64 bytes);

protected:
    void changeEvent(QEvent* event) override;

private:
    void applyColors();

    HistoryRing m_ring{kSamples};
    QLineSeries* m_line;
    QAreaSeries* m_area;
    QValueAxis* m_time;
    QValueAxis* m_bytes;
};

} // namespace weightroom::ui
