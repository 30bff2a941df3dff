// SPDX-License-Identifier: GPL-3.0-or-later
//
// What StageChart paints around and over the bars of QtCharts.
#include "ui/charts/chart_frame.h"
#include "ui/charts/stage_chart.h"
#include "ui/style/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace weightroom::ui {
namespace {

constexpr double kGap = StageChart::kGap;
constexpr double kCap = 3; ///< half the height of a whisker's end

/// The middle of the pixel: a line of one pixel there is sharp.
double sharp(double position) { return std::floor(position) + 0.5; }

} // namespace

void StageChart::drawBackground(QPainter* painter, const QRectF& rect)
{
    const Theme& theme = themeOf(palette());
    painter->fillRect(rect, theme.raised);
    painter->setFont(chartFont(font()));
    if (m_rows.isEmpty()) {
        painter->setPen(theme.muted);
        painter->drawText(
            viewport()->rect(), Qt::AlignCenter | Qt::TextWordWrap, tr("Nothing was measured yet", "empty chart"));
        return;
    }
    paintAxis(*painter);
}

void StageChart::drawForeground(QPainter* painter, const QRectF&)
{
    if (m_rows.isEmpty())
        return;
    painter->setFont(chartFont(font()));
    for (qsizetype row = 0; row < m_rows.size(); ++row) {
        paintTexts(*painter, row);
        for (qsizetype run = 0; run < kMostRuns; ++run) {
            if (const auto& stage = m_rows[row].runs.at(static_cast<std::size_t>(run)))
                paintMarks(*painter, barRect(row, run), *stage);
        }
    }
    paintLegend(*painter);
}

void StageChart::paintAxis(QPainter& painter) const
{
    const Theme& theme = themeOf(palette());
    const QFontMetricsF metrics(painter.font());
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (const ValueTick& tick : m_axis.ticks) {
        const double middle = sharp(x(tick.value));
        painter.setPen(theme.border);
        painter.drawLine(QPointF(middle, m_plot.top()), QPointF(middle, m_plot.bottom()));
        painter.setPen(theme.muted);
        const double width = metrics.horizontalAdvance(tick.label);
        const double left = std::clamp(middle - width / 2, 2.0, std::max(2.0, viewport()->width() - width - 2));
        painter.drawText(QPointF(left, m_plot.bottom() + kGap + metrics.ascent()), tick.label);
    }
    painter.setRenderHint(QPainter::Antialiasing, true);
}

void StageChart::paintTexts(QPainter& painter, qsizetype row) const
{
    const Theme& theme = themeOf(palette());
    const QFontMetricsF metrics(painter.font());
    const QRectF bar = barRect(row, 0);
    const QRectF box(bar.left(), bar.top() - metrics.height() - 2, bar.width(), metrics.height());
    const QString figures = metrics.elidedText(m_rows[row].figures, Qt::ElideRight, box.width() * 2 / 3);
    // The lines of the axis would go through the letters.
    const double width = metrics.horizontalAdvance(figures);
    const QString name =
        metrics.elidedText(m_rows[row].name, Qt::ElideRight, std::max(box.width() - width - 3 * kGap, 1.0));
    painter.fillRect(QRectF(box.left(), box.top(), metrics.horizontalAdvance(name) + kGap, box.height()), theme.raised);
    painter.fillRect(QRectF(box.right() - width - kGap, box.top(), width + kGap + 1, box.height()), theme.raised);
    painter.setPen(theme.text);
    painter.drawText(box, Qt::AlignLeft | Qt::AlignVCenter, name);
    painter.setPen(theme.muted);
    painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, figures);
}

void StageChart::paintMarks(QPainter& painter, const QRectF& bar, const BenchmarkStageView& stage) const
{
    const Theme& theme = themeOf(palette());
    const double middle = sharp(bar.center().y());
    const double from = x(stage.minimum);
    const double to = x(stage.p95);
    painter.setPen(QPen(theme.text, 1.2));
    painter.drawLine(QPointF(from, middle), QPointF(to, middle));
    painter.drawLine(QPointF(from, middle - kCap), QPointF(from, middle + kCap));
    painter.drawLine(QPointF(to, middle - kCap), QPointF(to, middle + kCap));
    if (const auto limit = stage.secondsAtLimit()) {
        painter.setPen(QPen(theme.danger, 2));
        painter.drawLine(QPointF(x(*limit), bar.top() - 1), QPointF(x(*limit), bar.bottom() + 1));
    }
}

void StageChart::paintLegend(QPainter& painter) const
{
    const Theme& theme = themeOf(palette());
    const QFontMetricsF metrics(painter.font());
    const double middle = kGap + metrics.height() / 2;
    double left = m_plot.left();
    const auto add = [&](const QString& text, double swatch, auto paint) {
        const double room = viewport()->width() - left - swatch - 2 * kGap;
        if (room < metrics.averageCharWidth() * 4)
            return;
        paint(QRectF(left, middle - 4, swatch, 8));
        left += swatch + kGap;
        const QString shown = metrics.elidedText(text, Qt::ElideRight, room);
        painter.setPen(theme.muted);
        painter.drawText(QPointF(left, kGap + metrics.ascent()), shown);
        left += metrics.horizontalAdvance(shown) + 3 * kGap;
    };
    for (qsizetype run = 0; run < m_runs.size(); ++run)
        add(m_runs[run].name, 12, [&](const QRectF& box) { painter.fillRect(box, colorOf(run)); });
    add(tr("minimum to 95 %", "legend: the span of the times"), 14, [&](const QRectF& box) {
        painter.setPen(QPen(theme.text, 1.2));
        painter.drawLine(QPointF(box.left(), sharp(middle)), QPointF(box.right(), sharp(middle)));
        painter.drawLine(box.topLeft(), box.bottomLeft());
        painter.drawLine(box.topRight(), box.bottomRight());
    });
    add(tr("at the machine's limit", "legend: a mark"), 4, [&](const QRectF& box) {
        painter.setPen(QPen(theme.danger, 2));
        painter.drawLine(QPointF(box.center().x(), box.top() - 1), QPointF(box.center().x(), box.bottom() + 1));
    });
}

} // namespace weightroom::ui
