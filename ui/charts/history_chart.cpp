// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/history_chart.h"

#include "ui/style/theme.h"

#include <QEvent>
#include <QGraphicsLayout>
#include <QtCharts/QAreaSeries>
#include <QtCharts/QLineSeries>
#include <QtCharts/QValueAxis>

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr int kHeight = 44;

} // namespace

HistoryChart::HistoryChart(QWidget* parent)
    : QChartView(new QChart, parent)
    , m_line(new QLineSeries(this))
    , m_area(new QAreaSeries(m_line))
    , m_time(new QValueAxis(this))
    , m_bytes(new QValueAxis(this))
{
    chart()->addSeries(m_area);
    m_time->setRange(1 - kSamples, 0);
    m_time->setVisible(false);
    m_bytes->setVisible(false);
    chart()->addAxis(m_time, Qt::AlignBottom);
    chart()->addAxis(m_bytes, Qt::AlignLeft);
    m_area->attachAxis(m_time);
    m_area->attachAxis(m_bytes);
    chart()->legend()->hide();
    chart()->setMargins({});
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->setBackgroundRoundness(0);
    chart()->setBackgroundVisible(false);
    chart()->setPlotAreaBackgroundVisible(true);
    setFrameShape(QFrame::NoFrame);
    setFixedHeight(kHeight);
    setRenderHint(QPainter::Antialiasing);
    setFocusPolicy(Qt::NoFocus);
    setAccessibleName(tr("Held bytes over the last five minutes", "accessible name of a chart"));
    setToolTip(tr("The last five minutes", "tooltip of a chart"));
    applyColors();
}

void HistoryChart::setCapacity(quint64 bytes)
{
    m_bytes->setRange(0, static_cast<double>(std::max<quint64>(bytes, 1)));
}

void HistoryChart::append(quint64 bytes)
{
    m_ring.append(static_cast<double>(bytes));
    m_line->replace(m_ring.points());
}

void HistoryChart::changeEvent(QEvent* event)
{
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyColors();
}

void HistoryChart::applyColors()
{
    const Theme& theme = themeOf(palette());
    QColor fill = theme.accent;
    fill.setAlphaF(0.22F);
    m_area->setBrush(fill);
    m_area->setPen(QPen(theme.accent, 1.5));
    chart()->setPlotAreaBackgroundBrush(theme.window);
    setBackgroundBrush(theme.raised);
    chart()->setPlotAreaBackgroundPen(Qt::NoPen);
}

} // namespace weightroom::ui
