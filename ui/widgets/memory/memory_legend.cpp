// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory/memory_legend.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"
#include "ui/style/theme.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace weightroom::ui {
namespace {

/// More owners than this are summed up: the gauge still shows each.
constexpr qsizetype kOwnersShown = 6;
constexpr int kDotSize = 9;

QList<MemorySegment> ownersBySize(const QList<MemorySegment>& segments)
{
    QList<MemorySegment> owners;
    std::ranges::copy_if(segments, std::back_inserter(owners),
        [](const MemorySegment& segment) { return segment.kind == SegmentKind::Owner; });
    std::ranges::stable_sort(owners, std::greater{}, &MemorySegment::bytes);
    return owners;
}

/// Everything after the first `kept` as one line that names the others in its details.
void sumUp(QList<MemorySegment>& owners, qsizetype kept)
{
    if (owners.size() <= kept)
        return;
    MemorySegment rest{.kind = SegmentKind::Others, .modelId = {}, .label = {}, .details = {}, .bytes = 0};
    rest.label = MemoryLegend::tr("%n more models", "line of a legend", static_cast<int>(owners.size() - kept));
    for (const MemorySegment& owner : owners.mid(kept)) {
        rest.bytes += owner.bytes;
        rest.details.append(QStringLiteral("%1, %2").arg(owner.label, bytesText(owner.bytes)));
    }
    owners.resize(kept);
    owners.append(rest);
}

} // namespace

MemoryLegend::MemoryLegend(QWidget* parent)
    : QWidget(parent)
{
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void MemoryLegend::setSegments(const QList<MemorySegment>& segments, const OwnerColors& colors)
{
    const qsizetype linesBefore = m_lines.size();
    m_colors = colors;
    m_lines = ownersBySize(segments);
    sumUp(m_lines, kOwnersShown);
    std::ranges::copy_if(segments, std::back_inserter(m_lines),
        [](const MemorySegment& segment) { return segment.kind != SegmentKind::Owner; });
    if (m_lines.size() != linesBefore)
        updateGeometry();
    update();
}

void MemoryLegend::setHighlighted(const QString& modelId)
{
    m_highlighted = modelId;
    update();
}

QSize MemoryLegend::sizeHint() const { return {240, static_cast<int>(m_lines.size()) * lineHeight()}; }

bool MemoryLegend::event(QEvent* event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    if (const MemorySegment* segment = lineAt(help->pos()))
        QToolTip::showText(help->globalPos(), plainToolTip(segmentText(*segment)), this);
    return true;
}

void MemoryLegend::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    for (int row = 0; row < m_lines.size(); ++row)
        paintLine(painter, QRect(0, row * lineHeight(), width(), lineHeight()), m_lines[row]);
}

void MemoryLegend::mouseMoveEvent(QMouseEvent* event)
{
    const MemorySegment* segment = lineAt(event->position().toPoint());
    Q_EMIT ownerHovered(segment == nullptr ? QString() : segment->modelId);
}

void MemoryLegend::mousePressEvent(QMouseEvent* event)
{
    const MemorySegment* segment = lineAt(event->position().toPoint());
    if (segment != nullptr && !segment->modelId.isEmpty())
        Q_EMIT ownerClicked(segment->modelId);
}

void MemoryLegend::leaveEvent(QEvent* event)
{
    QWidget::leaveEvent(event);
    Q_EMIT ownerHovered({});
}

int MemoryLegend::lineHeight() const { return fontMetrics().height() + kSpace; }

const MemorySegment* MemoryLegend::lineAt(QPoint position) const
{
    const int row = position.y() / lineHeight();
    return position.y() >= 0 && row < m_lines.size() ? &m_lines[row] : nullptr;
}

void MemoryLegend::paintLine(QPainter& painter, const QRect& line, const MemorySegment& segment) const
{
    const Theme& theme = themeOf(palette());
    const bool isOwner = segment.kind == SegmentKind::Owner;
    const QRectF dot(line.left(), line.center().y() - kDotSize / 2.0 + 0.5, kDotSize, kDotSize);
    painter.setPen(segment.kind == SegmentKind::Free ? QPen(theme.border) : Qt::NoPen);
    const bool isHatched = !isOwner && segment.kind != SegmentKind::Free;
    painter.setBrush(QBrush(segmentColor(segment, m_colors, theme), isHatched ? Qt::BDiagPattern : Qt::SolidPattern));
    painter.drawRoundedRect(dot, 2, 2);

    const QString size = bytesText(segment.bytes);
    const int sizeWidth = fontMetrics().horizontalAdvance(size);
    const QRect text = line.adjusted(kDotSize + 2 * kSpace, 0, -(sizeWidth + 2 * kSpace), 0);
    const bool isFaint = !isOwner || (!m_highlighted.isEmpty() && segment.modelId != m_highlighted);
    painter.setPen(isFaint ? theme.muted : theme.text);
    painter.drawText(text, Qt::AlignVCenter | Qt::TextSingleLine,
        fontMetrics().elidedText(segment.label, Qt::ElideMiddle, text.width()));
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignRight, size);
}

} // namespace weightroom::ui
