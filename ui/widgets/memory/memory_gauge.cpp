// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory/memory_gauge.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"
#include "ui/style/theme.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr int kHeight = 16;
constexpr qreal kRadius = 4;
/// A part of a few bytes must still be seen and met by the pointer.
constexpr qreal kLeastWidth = 3;

} // namespace

MemoryGauge::MemoryGauge(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void MemoryGauge::setMemory(const MemoryView& memory, const OwnerColors& colors)
{
    const QString amount = tr("%1 of %2 in use", "accessible text: held, capacity")
                               .arg(bytesText(memory.held), bytesText(memory.capacity));
    setParts(memory.title, amount, segmentsOf(memory), colors);
}

void MemoryGauge::setParts(
    const QString& title, const QString& amount, const QList<MemorySegment>& parts, const OwnerColors& colors)
{
    m_segments = parts;
    m_colors = colors;
    describe(title, amount);
    update();
}

void MemoryGauge::setHighlighted(const QString& modelId)
{
    m_highlighted = modelId;
    update();
}

const MemorySegment* MemoryGauge::segmentAt(QPoint position) const
{
    const QList<QRectF> rects = segmentRects();
    // From the end: a part that was widened to be seen lies above its neighbour.
    for (qsizetype row = rects.size() - 1; row >= 0; --row) {
        if (rects[row].contains(position))
            return &m_segments[row];
    }
    return nullptr;
}

QSize MemoryGauge::sizeHint() const { return {240, kHeight}; }

QSize MemoryGauge::minimumSizeHint() const { return {80, kHeight}; }

bool MemoryGauge::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const MemorySegment* segment = segmentAt(help->pos()))
        QToolTip::showText(help->globalPos(), plainToolTip(segmentText(*segment)), this);
    else
        QToolTip::hideText();
    return true;
}

void MemoryGauge::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath outline;
    outline.addRoundedRect(rect(), kRadius, kRadius);
    painter.setClipPath(outline);
    painter.fillRect(rect(), themeOf(palette()).track);
    const QList<QRectF> rects = segmentRects();
    for (qsizetype row = 0; row < rects.size(); ++row)
        paintSegment(painter, rects[row], m_segments[row]);
}

void MemoryGauge::mouseMoveEvent(QMouseEvent* event)
{
    const MemorySegment* segment = segmentAt(event->position().toPoint());
    hover(segment == nullptr ? QString() : segment->modelId);
}

void MemoryGauge::mousePressEvent(QMouseEvent* event)
{
    const MemorySegment* segment = segmentAt(event->position().toPoint());
    if (segment != nullptr && !segment->modelId.isEmpty())
        Q_EMIT ownerClicked(segment->modelId);
}

void MemoryGauge::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    hover({});
}

QList<QRectF> MemoryGauge::segmentRects() const
{
    double total = 0;
    for (const MemorySegment& segment : m_segments)
        total += static_cast<double>(segment.bytes);
    QList<QRectF> rects;
    double before = 0;
    for (const MemorySegment& segment : m_segments) {
        const double share = total > 0 ? static_cast<double>(segment.bytes) / total : 1;
        const double left = total > 0 ? before / total * width() : 0;
        const double least = segment.kind == SegmentKind::Free ? 0 : kLeastWidth;
        rects.append(QRectF(left, 0, std::max(share * width(), least), height()));
        before += static_cast<double>(segment.bytes);
    }
    return rects;
}

void MemoryGauge::paintSegment(QPainter& painter, const QRectF& rect, const MemorySegment& segment) const
{
    if (segment.kind == SegmentKind::Free)
        return;
    const Theme& theme = themeOf(palette());
    QColor color = segmentColor(segment, m_colors, theme);
    if (!m_highlighted.isEmpty() && segment.modelId != m_highlighted)
        color.setAlphaF(0.35F);
    const bool isHatched = segment.kind != SegmentKind::Owner;
    painter.fillRect(rect, QBrush(color, isHatched ? Qt::BDiagPattern : Qt::SolidPattern));
    // A gap between neighbours, in the colour of what lies behind.
    painter.fillRect(QRectF(rect.right() - 1, rect.top(), 1, rect.height()), theme.raised);
}

void MemoryGauge::describe(const QString& title, const QString& amount)
{
    setAccessibleName(tr("Memory of %1", "accessible name of a gauge, device").arg(title));
    QStringList parts;
    for (const MemorySegment& segment : m_segments)
        parts.append(tr("%1: %2", "accessible text: part and its size").arg(segment.label, bytesText(segment.bytes)));
    setAccessibleDescription(tr("%1. %2", "accessible text: how much is in use, list of parts")
                                 .arg(amount, parts.join(QStringLiteral("; "))));
}

void MemoryGauge::hover(const QString& modelId)
{
    if (m_hovered == modelId)
        return;
    m_hovered = modelId;
    Q_EMIT ownerHovered(modelId);
}

} // namespace weightroom::ui
