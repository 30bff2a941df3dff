// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/memory/memory_segments.h"

#include "ui/bridge/text/units.h"
#include "ui/style/theme.h"

#include <QCoreApplication>

namespace weightroom::ui {
namespace {

struct MemoryText {
    Q_DECLARE_TR_FUNCTIONS(MemoryText)
};

QString labelOf(const MemoryOwner& owner)
{
    if (owner.use == MemoryUse::Loading)
        return MemoryText::tr("%1 (loading)", "part of a gauge: the name of a model").arg(owner.modelName);
    if (owner.isOnlyLeased)
        return MemoryText::tr("%1 (unloaded, still in use)", "part of a gauge: the name of a model")
            .arg(owner.modelName);
    return owner.modelName;
}

void appendPart(QList<MemorySegment>& segments, SegmentKind kind, const QString& label, quint64 bytes)
{
    if (bytes > 0 || kind == SegmentKind::Free)
        segments.append({.kind = kind, .modelId = {}, .label = label, .details = {}, .bytes = bytes});
}

} // namespace

QList<MemorySegment> ownerSegments(const QList<MemoryOwner>& owners)
{
    QList<MemorySegment> segments;
    for (const MemoryOwner& owner : owners) {
        segments.append({
            .kind = SegmentKind::Owner,
            .modelId = owner.modelId,
            .label = labelOf(owner),
            .details = owner.components,
            .bytes = owner.bytes,
        });
    }
    return segments;
}

QStringList freeDetails(quint64 capacity, quint64 whole)
{
    if (capacity == 0 || capacity >= whole)
        return {};
    return {MemoryText::tr(
        "Weightroom takes %1 of this memory at most; the rest is left to others.", "about the free part of a gauge")
                .arg(bytesText(capacity))};
}

QList<MemorySegment> segmentsOf(const MemoryView& memory)
{
    QList<MemorySegment> segments = ownerSegments(memory.owners);
    appendPart(segments, SegmentKind::Shared, MemoryText::tr("Shared by several components", "part of a gauge"),
        memory.shared);
    const quint64 others = memory.usedByOthers.value_or(0);
    const quint64 used = memory.held + others + memory.usedByDriver;
    const quint64 unused = memory.whole() - std::min(memory.whole(), used);
    const quint64 ready = std::min(memory.ready, unused);
    appendPart(
        segments, SegmentKind::Overhead, MemoryText::tr("Alignment and reserve", "part of a gauge"), memory.overhead);
    appendPart(segments, SegmentKind::Driver, MemoryText::tr("The driver", "part of a gauge"), memory.usedByDriver);
    appendPart(segments, SegmentKind::Others, MemoryText::tr("Other programs", "part of a gauge"), others);
    appendPart(segments, SegmentKind::Ready, MemoryText::tr("Free, ready for the next load", "part of a gauge"), ready);
    appendPart(segments, SegmentKind::Free, MemoryText::tr("Free", "part of a gauge"), unused - ready);
    segments.last().details = freeDetails(memory.capacity, memory.whole());
    return segments;
}

QString segmentText(const MemorySegment& segment)
{
    QStringList lines{MemoryText::tr("%1: %2 (%3)", "owner, size, exact size")
                          .arg(segment.label, bytesText(segment.bytes), exactBytesText(segment.bytes))};
    return (lines + segment.details).join(QLatin1Char('\n'));
}

QColor segmentColor(const MemorySegment& segment, const OwnerColors& colors, const Theme& theme)
{
    switch (segment.kind) {
    case SegmentKind::Owner:
        return colors.colorOf(segment.modelId, theme);
    case SegmentKind::Shared:
        return theme.accent;
    case SegmentKind::Overhead:
    case SegmentKind::Driver:
    case SegmentKind::Others:
        return theme.muted;
    case SegmentKind::Ready:
        return theme.border;
    case SegmentKind::Free:
    case SegmentKind::None:
        break;
    }
    return theme.track;
}

} // namespace weightroom::ui
