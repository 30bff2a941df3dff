// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/time_chart.h"

#include "ui/charts/chart_marks.h"
#include "ui/charts/chart_text.h"
#include "ui/style/theme.h"

#include <QDateTime>
#include <QEvent>
#include <QGraphicsLayout>
#include <QPainter>
#include <QtCharts/QChart>
#include <QtCharts/QLegend>

#include <algorithm>
#include <limits>

namespace weightroom::ui {
namespace {

/// A line through every pixel is a smear, costs twice as much, and hides a spike in it.
constexpr double kPixelsPerPoint = 2;
/// A lone point can be read from so many pixels off.
constexpr double kReach = 3;
/// From here on a pixel stands for so much that seconds say nothing, in milliseconds.
constexpr double kCoarsePixel = 30'000;

QDate dateOf(qint64 at) { return QDateTime::fromMSecsSinceEpoch(at).date(); }

} // namespace

TimeChart::TimeChart(ChartUnit unit, QWidget* parent)
    : QChartView(new QChart, parent)
    , m_unit(unit)
    , m_time(QDateTime::currentMSecsSinceEpoch(), std::chrono::milliseconds(kLiveLength).count())
    , m_lines(*chart())
{
    chart()->legend()->hide();
    chart()->setMargins({});
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->setBackgroundVisible(false);
    setFrameShape(QFrame::NoFrame);
    setRenderHint(QPainter::Antialiasing);
    // The items would look for the pointer in the outlines of their lines with each move of it.
    setInteractive(false);
    setViewportUpdateMode(FullViewportUpdate);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("History", "accessible name of a chart"));
}

void TimeChart::setFullScale(std::optional<double> value)
{
    if (m_fullScale == value)
        return;
    m_fullScale = value;
    refresh();
}

void TimeChart::setEmptyText(const QString& text)
{
    if (m_emptyText == text)
        return;
    m_emptyText = text;
    refresh();
}

void TimeChart::setLiveLength(std::chrono::milliseconds length)
{
    m_time.setLiveLength(length.count());
    refresh();
}

void TimeChart::setSeries(const QList<TimeSeries>& series, qint64 now)
{
    m_series = series;
    if (now > 0)
        m_time.setNow(now);
    refresh();
    if (m_pointer)
        hover(*m_pointer);
    // A screen reader says each change of what has the focus: too much once a second.
    if (!hasFocus())
        describe();
}

QString TimeChart::readoutText() const { return m_crosshair ? toText(readout()) : QString(); }

QSize TimeChart::sizeHint() const { return {520, 160}; }

QSize TimeChart::minimumSizeHint() const { return {200, 80}; }

void TimeChart::showRange(qint64 from, qint64 to)
{
    m_time.show({from, to});
    refresh();
}

void TimeChart::showLive()
{
    m_time.showLive();
    refresh();
}

void TimeChart::showCrosshair(qint64 at)
{
    m_crosshair = at;
    viewport()->update();
}

void TimeChart::hideCrosshair()
{
    m_crosshair.reset();
    viewport()->update();
}

void TimeChart::changeEvent(QEvent* event)
{
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        refresh();
}

void TimeChart::resizeEvent(QResizeEvent* event)
{
    QChartView::resizeEvent(event);
    refresh();
}

void TimeChart::showEvent(QShowEvent* event)
{
    QChartView::showEvent(event);
    if (m_isStale)
        refresh();
}

void TimeChart::drawBackground(QPainter* painter, const QRectF& rect)
{
    const Theme& theme = themeOf(palette());
    painter->fillRect(rect, theme.raised);
    painter->setFont(chartFont(font()));
    paintFrame(*painter, m_frame, theme);
    painter->save();
    painter->setClipRect(m_frame.geometry.plot);
    for (qsizetype index = 0; index < m_shown.size(); ++index)
        paintMarks(*painter, m_shown[index], m_frame.geometry, colorOf(m_series[index]));
    painter->restore();
}

void TimeChart::drawForeground(QPainter* painter, const QRectF&)
{
    const Theme& theme = themeOf(palette());
    painter->setFont(chartFont(font()));
    const TimeSpan span = m_time.span();
    if (m_crosshair && *m_crosshair >= span.from && *m_crosshair <= span.to && hasReadings())
        paintReadout(*painter, readout(), m_frame.geometry, viewport()->rect(), theme);
    if (!hasFocus())
        return;
    painter->setPen(theme.accent);
    painter->setBrush(Qt::NoBrush);
    painter->drawRect(m_frame.geometry.plot.adjusted(0.5, 0.5, -0.5, -0.5));
}

void TimeChart::refresh()
{
    m_isStale = !isVisible();
    if (m_isStale)
        return;
    // The space for the labels follows from the values, and these from the space: nearly always it is as before.
    constexpr int kMostTries = 2;
    int columns = 0;
    for (int tries = 0; tries < kMostTries && columns != this->columns(); ++tries) {
        columns = this->columns();
        decimateAll(columns);
        layOut();
    }
    m_lines.begin();
    for (qsizetype index = 0; index < m_series.size(); ++index)
        m_lines.add(m_shown[index], m_frame.geometry, colorOf(m_series[index]));
    m_lines.end();
    viewport()->update();
}

int TimeChart::columns() const
{
    return std::max(static_cast<int>(m_frame.geometry.plot.width() / kPixelsPerPoint), kLeastColumns);
}

void TimeChart::decimateAll(int columns)
{
    m_shown.clear();
    for (const TimeSeries& series : std::as_const(m_series))
        m_shown.append(decimate(series.points, m_time.span(), columns, series.gapAfter));
}

void TimeChart::layOut()
{
    FrameContent content{.span = m_time.span(),
        .today = dateOf(m_time.now()),
        .unit = m_unit,
        .fullScale = m_fullScale,
        .least = {},
        .greatest = {},
        .legend = {},
        .notice = {}};
    for (const DecimatedSeries& series : std::as_const(m_shown))
        addExtremes(content, series);
    for (const TimeSeries& series : std::as_const(m_series)) {
        if (m_series.size() > 1)
            content.legend.append({colorOf(series), series.name});
    }
    if (!content.least)
        content.notice = notice();
    const QRectF before = m_frame.geometry.plot;
    m_frame = layOutFrame(content, viewport()->size(), chartFont(font()));
    if (m_frame.geometry.plot != before)
        chart()->setPlotArea(m_frame.geometry.plot);
}

bool TimeChart::hasReadings() const
{
    return std::ranges::any_of(m_series, [](const TimeSeries& series) { return !series.points.isEmpty(); });
}

QString TimeChart::notice() const
{
    if (hasReadings())
        return tr("No readings in this time", "in an empty chart");
    return m_emptyText.isEmpty() ? tr("No readings yet", "in an empty chart") : m_emptyText;
}

QColor TimeChart::colorOf(const TimeSeries& series) const
{
    const auto& colors = themeOf(palette()).owners;
    return colors.at(static_cast<std::size_t>(std::max(series.colorRole, 0)) % colors.size());
}

Readout TimeChart::readout() const
{
    const PlotGeometry& geometry = m_frame.geometry;
    const qint64 at = m_crosshair.value_or(m_time.now());
    const ClockDetail detail = geometry.pixelLength() < kCoarsePixel ? ClockDetail::Seconds : ClockDetail::Minutes;
    Readout readout{.at = at,
        .moment = dayAndClockText(QDateTime::fromMSecsSinceEpoch(at), dateOf(m_time.now()), detail),
        .rows = {}};
    const qint64 slack = std::llround(kReach * geometry.pixelLength());
    for (qsizetype index = 0; index < m_series.size(); ++index) {
        const TimeSeries& series = m_series[index];
        readout.rows.append(readoutRow(series, pointAt(m_shown.value(index), at, slack), m_unit, colorOf(series)));
    }
    return readout;
}

void TimeChart::describe()
{
    QStringList parts;
    for (const TimeSeries& series : std::as_const(m_series)) {
        const qint64 gap = gapLength(series.points, series.gapAfter);
        std::optional<TimePoint> latest;
        if (!series.points.isEmpty() && m_time.now() - series.points.last().at <= gap)
            latest = series.points.last();
        const ReadoutRow row = readoutRow(series, latest, m_unit, colorOf(series));
        parts.append(tr("%1: %2", "accessible text: series and its latest value").arg(row.name, row.value));
    }
    setAccessibleDescription(hasReadings() ? parts.join(QStringLiteral("; ")) : notice());
}

} // namespace weightroom::ui
