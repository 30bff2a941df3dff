// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/iteration_chart.h"

#include "ui/bridge/text/benchmark_text.h"
#include "ui/bridge/text/units.h"
#include "ui/charts/duration_axis.h"
#include "ui/style/theme.h"

#include <QEvent>
#include <QGraphicsLayout>
#include <QImage>
#include <QPainter>
#include <QtCharts/QChart>
#include <QtCharts/QLegend>
#include <QtCharts/QScatterSeries>
#include <QtCharts/QValueAxis>

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr double kDot = 7;
constexpr double kPixelsPerTick = 45;
constexpr int kPictureScale = 2;

int lastIteration(const QList<BenchmarkStageView>& stages)
{
    int last = 0;
    for (const BenchmarkStageView& stage : stages)
        last = stage.values.isEmpty() ? last : std::max(last, stage.values.last().first);
    return last;
}

double longest(const QList<BenchmarkStageView>& stages)
{
    double most = 0;
    for (const BenchmarkStageView& stage : stages)
        most = std::max(most, stage.maximum);
    return most;
}

QColor colorOf(const BenchmarkStageView& stage, const Theme& theme)
{
    return theme.owners.at(static_cast<std::size_t>(stage.stage) % theme.owners.size());
}

/// As many whole numbers as fit.
QList<TimeTick> iterationTicks(int last, double width)
{
    const int most = std::max(static_cast<int>(width / kPixelsPerTick), 2);
    int step = 1;
    for (const int factor : {2, 5, 10, 20, 50, 100}) {
        if (last / step > most)
            step = factor;
    }
    QList<TimeTick> ticks;
    for (int number = step; number <= last; number += step)
        ticks.append({.at = number, .label = countText(static_cast<quint64>(number))});
    return ticks;
}

} // namespace

IterationChart::IterationChart(QWidget* parent)
    : QChartView(new QChart, parent)
    , m_iteration(new QValueAxis)
    , m_seconds(new QValueAxis)
{
    chart()->legend()->hide();
    chart()->setMargins({});
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->setBackgroundVisible(false);
    for (auto [axis, side] : {std::pair{m_iteration, Qt::AlignBottom}, std::pair{m_seconds, Qt::AlignLeft}}) {
        axis->setRange(0, 1);
        axis->setVisible(false);
        chart()->addAxis(axis, side);
    }
    setFrameShape(QFrame::NoFrame);
    setRenderHint(QPainter::Antialiasing);
    setInteractive(false);
    setViewportUpdateMode(FullViewportUpdate);
    setFocusPolicy(Qt::NoFocus);
    setAccessibleName(tr("Times by iteration", "accessible name of a chart"));
}

void IterationChart::setStages(const QList<BenchmarkStageView>& stages)
{
    m_stages = stages;
    refresh();
}

QImage IterationChart::toImage()
{
    QImage image(size() * kPictureScale, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(kPictureScale);
    image.fill(themeOf(palette()).raised);
    QWidget::render(&image);
    return image;
}

QSize IterationChart::sizeHint() const { return {520, 240}; }

QSize IterationChart::minimumSizeHint() const { return {240, 120}; }

void IterationChart::changeEvent(QEvent* event)
{
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        refresh();
}

void IterationChart::resizeEvent(QResizeEvent* event)
{
    QChartView::resizeEvent(event);
    refresh();
}

void IterationChart::drawBackground(QPainter* painter, const QRectF& rect)
{
    const Theme& theme = themeOf(palette());
    painter->fillRect(rect, theme.raised);
    painter->setFont(chartFont(font()));
    paintFrame(*painter, m_frame, theme);
}

void IterationChart::layOut()
{
    const Theme& theme = themeOf(palette());
    const ValueAxis axis = durationAxis(longest(m_stages), std::max(height() / 40, 2));
    m_frame.legend.clear();
    for (const BenchmarkStageView& stage : std::as_const(m_stages))
        m_frame.legend.append({colorOf(stage, theme), stageText(stage.stage)});
    m_frame.values = axis.ticks;
    m_frame.notice = m_stages.isEmpty() ? tr("Nothing was measured yet", "empty chart") : QString();
    const int last = lastIteration(m_stages);
    m_frame.geometry.span = {.from = 0, .to = last + 1};
    m_frame.geometry.low = axis.low;
    m_frame.geometry.high = axis.high;
    const QRectF all = viewport()->rect();
    m_frame.geometry.plot = all.marginsRemoved(frameMargins(m_frame, chartFont(font()), all.width()));
    m_frame.times = iterationTicks(last, m_frame.geometry.plot.width());
}

void IterationChart::refresh()
{
    layOut();
    const Theme& theme = themeOf(palette());
    for (qsizetype number = 0; number < std::max(m_stages.size(), m_dots.size()); ++number) {
        QList<QPointF> points;
        if (number < m_stages.size()) {
            for (const auto& [iteration, seconds] : m_stages[number].values)
                points.append({m_frame.geometry.timeShare(iteration), m_frame.geometry.valueShare(seconds)});
            dots(number)->setColor(colorOf(m_stages[number], theme));
            dots(number)->setBorderColor(theme.window);
        }
        dots(number)->replace(points);
    }
    chart()->setPlotArea(m_frame.geometry.plot);
    viewport()->update();
}

QScatterSeries* IterationChart::dots(qsizetype number)
{
    while (m_dots.size() <= number) {
        auto* series = new QScatterSeries;
        series->setMarkerSize(kDot);
        chart()->addSeries(series);
        series->attachAxis(m_iteration);
        series->attachAxis(m_seconds);
        m_dots.append(series);
    }
    return m_dots[number];
}

} // namespace weightroom::ui
