// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/stage_chart.h"

#include "ui/bridge/text/benchmark_text.h"
#include "ui/charts/chart_frame.h"
#include "ui/charts/duration_axis.h"
#include "ui/style/theme.h"

#include <QEvent>
#include <QFontMetricsF>
#include <QGraphicsLayout>
#include <QImage>
#include <QPainter>
#include <QtCharts/QBarCategoryAxis>
#include <QtCharts/QBarSet>
#include <QtCharts/QChart>
#include <QtCharts/QHorizontalBarSeries>
#include <QtCharts/QLegend>
#include <QtCharts/QValueAxis>

#include <algorithm>
#include <cmath>

namespace weightroom::ui {
namespace {

constexpr double kSide = 14; ///< beside the plot
constexpr int kTextLines = 2; ///< lines that the texts above a bar take, see lineHeight()
constexpr double kPixelsPerTick = 90;
constexpr int kPictureScale = 2;

/// QtCharts makes all bars of a stage as high as one another. Half the height of a text is that of a bar: the texts are
/// bars too, of nothing.
double lineHeight(const QFont& font) { return std::ceil(QFontMetricsF(chartFont(font)).height() / kTextLines) + 2; }

QBarSet* makeSet(qsizetype count)
{
    auto* set = new QBarSet(QString());
    for (qsizetype index = 0; index < count; ++index)
        set->append(0);
    return set;
}

const BenchmarkStageView* findStage(const QList<BenchmarkStageView>& stages, BenchmarkStage stage)
{
    const auto found = std::ranges::find(stages, stage, &BenchmarkStageView::stage);
    return found == stages.end() ? nullptr : &*found;
}

QString figuresText(const StageChart::Row& row)
{
    const auto& [after, before] = row.runs;
    if (after && before)
        return stageChangeText(before->median, after->median);
    return after ? stageFigureText(*after)
                 : StageChart::tr("not measured, before %1", "a stage, time").arg(benchmarkTimeText(before->median));
}

} // namespace

StageChart::StageChart(QWidget* parent)
    : QChartView(new QChart, parent)
    , m_bars(new QHorizontalBarSeries)
    , m_stageAxis(new QBarCategoryAxis)
    , m_timeAxis(new QValueAxis)
{
    chart()->legend()->hide();
    chart()->setMargins({});
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->setBackgroundVisible(false);
    m_bars->setBarWidth(1);
    chart()->addSeries(m_bars);
    m_stageAxis->setVisible(false);
    m_timeAxis->setVisible(false);
    chart()->addAxis(m_stageAxis, Qt::AlignLeft);
    chart()->addAxis(m_timeAxis, Qt::AlignBottom);
    m_bars->attachAxis(m_stageAxis);
    m_bars->attachAxis(m_timeAxis);
    setFrameShape(QFrame::NoFrame);
    setRenderHint(QPainter::Antialiasing);
    setInteractive(false);
    setViewportUpdateMode(FullViewportUpdate);
    setFocusPolicy(Qt::NoFocus);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Times of the stages", "accessible name of a chart"));
    refresh();
}

void StageChart::setRuns(const QList<StageChartRun>& runs)
{
    m_runs = runs.mid(0, kMostRuns);
    updateRows();
    refresh();
    updateGeometry();
    describe();
}

void StageChart::updateRows()
{
    m_rows.clear();
    for (int number = static_cast<int>(BenchmarkStage::Disk); number <= static_cast<int>(BenchmarkStage::Whole);
         ++number) {
        Row row{.stage = static_cast<BenchmarkStage>(number), .name = {}, .figures = {}, .runs = {}};
        for (qsizetype run = 0; run < m_runs.size(); ++run) {
            if (const BenchmarkStageView* stage = findStage(m_runs[run].stages, row.stage))
                row.runs.at(static_cast<std::size_t>(run)) = *stage;
        }
        if (!row.runs[0] && !row.runs[1])
            continue;
        row.name = stageText(row.stage);
        row.figures = figuresText(row);
        m_rows.append(row);
    }
}

QRectF StageChart::barRect(qsizetype row, qsizetype run) const
{
    const double line = lineHeight(font());
    const double top = m_plot.top() + static_cast<double>(row) * rowHeight() + kTextLines * line;
    return {m_plot.left(), top + static_cast<double>(run) * line, m_plot.width(), line};
}

/// Of another chart, which is in no window. A hidden widget that is rendered has the layouts of its window brought up
/// to date first, and these give it another size than that of the picture: it depended on what was shown beside it.
QImage StageChart::toImage(int width) const
{
    StageChart picture;
    picture.setPalette(palette());
    picture.setFont(font());
    picture.setLayoutDirection(layoutDirection());
    picture.ensurePolished();
    picture.setRuns(m_runs);
    picture.resize(width, picture.contentHeight());
    QImage image(picture.size() * kPictureScale, QImage::Format_ARGB32_Premultiplied);
    image.setDevicePixelRatio(kPictureScale);
    image.fill(themeOf(palette()).raised);
    picture.QWidget::render(&image);
    return image;
}

QSize StageChart::sizeHint() const { return {520, contentHeight()}; }

QSize StageChart::minimumSizeHint() const { return {260, contentHeight()}; }

int StageChart::contentHeight() const
{
    const double text = QFontMetricsF(chartFont(font())).height();
    const auto rows = static_cast<double>(std::max<qsizetype>(m_rows.size(), 1));
    return static_cast<int>(std::ceil(rows * rowHeight() + 2 * text + 4 * kGap));
}

qsizetype StageChart::runCount() const { return std::clamp<qsizetype>(m_runs.size(), 1, kMostRuns); }

/// Texts, bars, and a line of nothing below them.
double StageChart::rowHeight() const { return (kTextLines + static_cast<double>(runCount()) + 1) * lineHeight(font()); }

void StageChart::changeEvent(QEvent* event)
{
    QChartView::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange)
        refresh();
}

void StageChart::resizeEvent(QResizeEvent* event)
{
    QChartView::resizeEvent(event);
    refresh();
}

double StageChart::greatest() const
{
    double most = 0;
    for (const Row& row : m_rows) {
        for (const auto& stage : row.runs)
            most = stage ? std::max({most, stage->p95, stage->secondsAtLimit().value_or(0)}) : most;
    }
    return most;
}

void StageChart::refresh()
{
    layOut();
    updateBars();
    viewport()->update();
}

void StageChart::layOut()
{
    const double text = QFontMetricsF(chartFont(font())).height();
    const double top = text + 2 * kGap; // the legend
    const double height = static_cast<double>(std::max<qsizetype>(m_rows.size(), 1)) * rowHeight();
    m_plot = QRectF(kSide, top, std::max(viewport()->width() - 2 * kSide, 1.0), height);
    m_axis = durationAxis(greatest(), std::max(static_cast<int>(m_plot.width() / kPixelsPerTick), 2));
}

/// From the bottom to the top, as QtCharts counts.
void StageChart::updateBars()
{
    m_bars->clear();
    QStringList categories;
    for (qsizetype row = m_rows.size(); row-- > 0;)
        categories.append(QString::number(row));
    m_stageAxis->clear();
    m_stageAxis->append(categories);
    const qsizetype rows = m_rows.size();
    QList<QBarSet*> sets{makeSet(rows)};
    for (qsizetype run = runCount(); run-- > 0;) {
        QBarSet* set = makeSet(rows);
        set->setBrush(colorOf(run));
        set->setPen(Qt::NoPen);
        for (qsizetype row = 0; row < rows; ++row) {
            const auto& stage = m_rows[row].runs.at(static_cast<std::size_t>(run));
            set->replace(static_cast<int>(rows - 1 - row), stage ? stage->median : 0);
        }
        sets.append(set);
    }
    for (int line = 0; line < kTextLines; ++line)
        sets.append(makeSet(rows));
    m_bars->append(sets);
    m_timeAxis->setRange(0, m_axis.high);
    chart()->setPlotArea(m_plot);
}

double StageChart::x(double seconds) const { return m_plot.left() + seconds / m_axis.high * m_plot.width(); }

QColor StageChart::colorOf(qsizetype run) const
{
    const Theme& theme = themeOf(palette());
    return run == 0 ? theme.accent : theme.owners[2];
}

/// What is seen, for screen readers.
void StageChart::describe()
{
    QStringList lines;
    for (const Row& row : std::as_const(m_rows))
        lines.append(tr("%1: %2", "a stage and its figures").arg(row.name, row.figures));
    setAccessibleDescription(lines.join(QLatin1Char('\n')));
}

} // namespace weightroom::ui
