// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/history_board.h"

#include "ui/charts/time_chart.h"
#include "ui/models/live_series.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QSet>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace weightroom::ui {
namespace {

constexpr qint64 kSecond = 1000;
constexpr qint64 kMinute = 60 * kSecond;
constexpr qint64 kHour = 60 * kMinute;
constexpr qint64 kDay = 24 * kHour;
/// The history is written every ten seconds; asking for it has that done at once.
constexpr qint64 kBetweenQuestions = 10 * kSecond;
/// Of one series: a chart is hardly wider, and finds the rest by itself.
constexpr int kMostPoints = 2000;
/// As many without a point are one.
constexpr qint64 kStepsInGap = 3;
constexpr int kZoomRestMs = 150;
constexpr int kChartHeight = 180;
/// Narrower, a chart is not readable.
constexpr int kLeastChartWidth = 240;

bool isAlike(const ChartSpec& a, const ChartSpec& b)
{
    return a.title == b.title && a.unit == b.unit
        && std::ranges::equal(a.lines, b.lines, [](const ChartLine& left, const ChartLine& right) {
               return left.series == right.series && left.rest == right.rest && left.name == right.name;
           });
}

bool isSame(const HistoryRequest& a, const HistoryRequest& b)
{
    return a.metrics == b.metrics && a.deviceId == b.deviceId && a.from == b.from && a.to == b.to;
}

/// Of its values.
double sumOf(const TimePoint& point) { return point.mean * point.weight; }

/// The share of `part` in both together, at the moments that both have; where there was nothing of either there is
/// none. Each counts for what it is a share of.
QList<TimePoint> sharesOf(const QList<TimePoint>& part, const QList<TimePoint>& rest)
{
    QList<TimePoint> shares;
    auto other = rest.begin();
    for (const TimePoint& point : part) {
        other = std::ranges::lower_bound(other, rest.end(), point.at, {}, &TimePoint::at);
        if (other == rest.end())
            break;
        const double found = sumOf(point);
        const double both = found + sumOf(*other);
        if (other->at != point.at || !(both > 0))
            continue;
        const double share = found / both;
        shares.append({.at = point.at, .minimum = share, .mean = share, .maximum = share, .weight = both});
    }
    return shares;
}

} // namespace

HistoryBoard::HistoryBoard(const LiveSeries& live, int mostColumns, QWidget* parent)
    : QWidget(parent)
    , m_live(live)
    , m_mostColumns(mostColumns)
    , m_header(new QHBoxLayout)
    , m_chooser(new QComboBox(this))
    , m_back(new QToolButton(this))
    , m_grid(new QGridLayout)
{
    buildHeader();
    m_grid->setHorizontalSpacing(4 * kSpace);
    m_grid->setVerticalSpacing(kSpace);
    m_header->addWidget(m_chooser);
    m_header->addWidget(m_back);
    m_header->addStretch();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(m_header);
    layout->addLayout(m_grid);
    layout->addStretch(1);
    m_zoomTimer.setSingleShot(true);
    m_zoomTimer.setInterval(kZoomRestMs);
    connect(&m_zoomTimer, &QTimer::timeout, this, &HistoryBoard::ask);
}

void HistoryBoard::buildHeader()
{
    const auto add = [this](const QString& text, qint64 length) { m_chooser->addItem(text, length); };
    add(tr("5 minutes", "a span of time"), 5 * kMinute);
    add(tr("15 minutes", "a span of time"), 15 * kMinute);
    add(tr("1 hour", "a span of time"), kHour);
    add(tr("24 hours", "a span of time"), kDay);
    add(tr("7 days", "a span of time"), 7 * kDay);
    add(tr("30 days", "a span of time"), 30 * kDay);
    add(tr("1 year", "a span of time"), 365 * kDay);
    m_chooser->setObjectName(QStringLiteral("spanChooser"));
    m_chooser->setAccessibleName(tr("How far back the charts go", "accessible name"));
    connect(m_chooser, &QComboBox::activated, this, [this] { chooseLength(length()); });
    m_back->setText(tr("Back to now", "button"));
    m_back->setObjectName(QStringLiteral("backToNow"));
    m_back->hide();
    connect(m_back, &QToolButton::clicked, this, &HistoryBoard::goLive);
}

qint64 HistoryBoard::length() const { return m_chooser->currentData().toLongLong(); }

void HistoryBoard::addToHeader(QWidget* widget) { m_header->insertWidget(0, widget); }

void HistoryBoard::addToHeaderEnd(QWidget* widget) { m_header->addWidget(widget); }

void HistoryBoard::setCharts(const QList<ChartSpec>& charts)
{
    const bool areAlike = std::ranges::equal(charts, m_charts, isAlike, {}, &Chart::spec);
    if (!areAlike) {
        for (Chart& chart : m_charts)
            removeChart(chart);
        m_charts.clear();
        for (const ChartSpec& spec : charts)
            m_charts.append(makeChart(spec));
        layOut();
        m_history = {};
        m_asked.reset();
        m_askedAt = 0;
        if (m_range && !isLiveEnough())
            ask();
        askIfNeeded();
    }
    for (qsizetype place = 0; place < charts.size(); ++place) {
        m_charts[place].spec = charts[place];
        m_charts[place].chart->setFullScale(charts[place].fullScale);
        m_charts[place].chart->setEmptyText(charts[place].emptyText);
    }
    if (!areAlike)
        refresh();
}

HistoryBoard::Chart HistoryBoard::makeChart(const ChartSpec& spec)
{
    Chart made{.spec = spec, .title = makeHeading(spec.title, 1.0, this), .chart = new TimeChart(spec.unit, this)};
    made.chart->setAccessibleName(spec.title);
    made.chart->setFixedHeight(kChartHeight);
    made.chart->setLiveLength(std::chrono::milliseconds(length()));
    TimeChart* chart = made.chart;
    connect(chart, &TimeChart::rangeChosen, this, [this, chart](qint64 from, qint64 to) {
        chooseRange(from, to);
        shareSpan(chart);
    });
    connect(chart, &TimeChart::liveWanted, this, &HistoryBoard::goLive);
    connect(chart, &TimeChart::hovered, this, [this, chart](qint64 at) {
        for (const Chart& other : std::as_const(m_charts)) {
            if (other.chart != chart)
                other.chart->showCrosshair(at);
        }
    });
    connect(chart, &TimeChart::hoverEnded, this, [this] {
        for (const Chart& other : std::as_const(m_charts))
            other.chart->hideCrosshair();
    });
    if (m_range)
        chart->showRange(m_range->from, m_range->to);
    return made;
}

/// From left to right, then down.
void HistoryBoard::layOut()
{
    for (int place = 0; place < m_charts.size(); ++place) {
        const int row = place / m_columns * 2;
        m_grid->addWidget(m_charts[place].title, row, place % m_columns);
        m_grid->addWidget(m_charts[place].chart, row + 1, place % m_columns);
    }
    for (int column = 0; column < m_mostColumns; ++column)
        m_grid->setColumnStretch(column, column < m_columns ? 1 : 0);
}

QSize HistoryBoard::minimumSizeHint() const
{
    return {std::max(kLeastChartWidth, m_header->minimumSize().width()), QWidget::minimumSizeHint().height()};
}

void HistoryBoard::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const int columns = std::clamp(width() / kLeastChartWidth, 1, m_mostColumns);
    if (columns == std::exchange(m_columns, columns))
        return;
    for (const Chart& chart : std::as_const(m_charts)) {
        m_grid->removeWidget(chart.title);
        m_grid->removeWidget(chart.chart);
    }
    layOut();
}

void HistoryBoard::removeChart(Chart& chart)
{
    m_grid->removeWidget(chart.title);
    m_grid->removeWidget(chart.chart);
    chart.title->deleteLater();
    chart.chart->hide();
    chart.chart->deleteLater();
    chart.title->hide();
}

void HistoryBoard::chooseLength(qint64 length)
{
    for (const Chart& chart : std::as_const(m_charts))
        chart.chart->setLiveLength(std::chrono::milliseconds(length));
    goLive();
}

void HistoryBoard::chooseRange(qint64 from, qint64 to)
{
    m_range = TimeSpan{.from = from, .to = to};
    m_back->show();
    if (!isLiveEnough())
        m_zoomTimer.start();
    refresh();
}

void HistoryBoard::goLive()
{
    m_range.reset();
    m_back->hide();
    shareSpan(nullptr);
    m_askedAt = 0;
    m_asked.reset(); // what was asked was another span
    askIfNeeded();
    refresh();
}

void HistoryBoard::shareSpan(const TimeChart* except)
{
    for (const Chart& chart : std::as_const(m_charts)) {
        if (chart.chart == except)
            continue;
        if (m_range)
            chart.chart->showRange(m_range->from, m_range->to);
        else
            chart.chart->showLive();
    }
}

bool HistoryBoard::isLiveEnough() const
{
    if (!m_range)
        return length() <= LiveSeries::kLength;
    return m_range->from >= m_live.now() - LiveSeries::kLength;
}

void HistoryBoard::askIfNeeded()
{
    // A clock that went back makes what was asked one of another time.
    const bool isTime = m_live.now() < m_askedAt || m_live.now() - m_askedAt >= kBetweenQuestions;
    if (isVisible() && !m_range && !isLiveEnough() && isTime && !m_asked) // one question at a time
        ask();
}

HistoryRequest HistoryBoard::shown() const
{
    HistoryRequest request{.metrics = {}, .deviceId = {}, .mostPoints = kMostPoints};
    if (m_live.now() == 0)
        return request;
    QSet<QString> metrics;
    for (const Chart& chart : m_charts) {
        for (const ChartLine& line : chart.spec.lines) {
            metrics.insert(line.series.metric);
            if (line.rest)
                metrics.insert(line.rest->metric);
        }
    }
    request.metrics = QStringList(metrics.begin(), metrics.end());
    request.metrics.sort();
    request.from = m_range ? m_range->from : m_live.now() - length();
    request.to = m_range ? m_range->to : m_live.now();
    return request;
}

void HistoryBoard::ask()
{
    const HistoryRequest request = shown();
    if (request.metrics.isEmpty())
        return;
    m_askedAt = m_live.now();
    m_asked = request;
    Q_EMIT historyWanted(request);
}

void HistoryBoard::setHistory(const HistoryView& history)
{
    if (!m_asked || !isSame(*m_asked, history.request))
        return;
    m_asked.reset();
    m_history = history;
    refresh();
}

void HistoryBoard::tick()
{
    askIfNeeded();
    if (isVisible() && m_shownAt != m_live.now())
        refresh();
}

void HistoryBoard::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    askIfNeeded();
    refresh();
}

QList<TimePoint> HistoryBoard::pointsOf(const SeriesId& id) const
{
    const QList<TimePoint> live = m_live.points(id);
    if (isLiveEnough())
        return live;
    // What has come in since the history was asked for stands at its end.
    const HistorySeries history = m_history.series.value(id);
    QList<TimePoint> points = history.points;
    const qint64 end = points.isEmpty() ? 0 : points.last().at + history.step;
    const auto newer = std::ranges::lower_bound(live, end, {}, &TimePoint::at);
    points.append(QList<TimePoint>(newer, live.end()));
    return points;
}

QList<TimePoint> HistoryBoard::pointsOf(const ChartLine& line) const
{
    return line.rest ? sharesOf(pointsOf(line.series), pointsOf(*line.rest)) : pointsOf(line.series);
}

/// Of what is shown of a series: loads that come now and then are points of their own, however seldom they come. What a
/// GPU says every 30 seconds is a line.
qint64 HistoryBoard::stepOf(const SeriesId& id) const
{
    return isLiveEnough() ? m_live.stepOf(id) : m_history.series.value(id).step;
}

void HistoryBoard::refresh()
{
    m_shownAt = m_live.now();
    for (const Chart& chart : std::as_const(m_charts)) {
        QList<TimeSeries> series;
        for (const ChartLine& line : chart.spec.lines) {
            const QList<TimePoint> points = pointsOf(line);
            // A chart with several lines names only those that there are.
            if (!points.isEmpty() || chart.spec.lines.size() == 1)
                series.append({.id = line.series.metric + line.series.deviceId,
                    .name = line.name,
                    .colorRole = static_cast<int>(&line - chart.spec.lines.constData()),
                    .points = points,
                    .gapAfter = kStepsInGap * stepOf(line.series)});
        }
        chart.chart->setSeries(series, m_live.now());
    }
}

} // namespace weightroom::ui
