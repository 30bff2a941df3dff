// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/memory/ledger_segments.h"

#include "ui/bridge/text/units.h"
#include "ui/pages/memory/ledger_text.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>

namespace weightroom::ui {
namespace {

struct LedgerText {
    Q_DECLARE_TR_FUNCTIONS(LedgerText)
};

SegmentKind kindOf(LedgerKind kind)
{
    switch (kind) {
    case LedgerKind::Component:
    case LedgerKind::Loading:
        return SegmentKind::Owner;
    case LedgerKind::Shared:
        return SegmentKind::Shared;
    case LedgerKind::Overhead:
        return SegmentKind::Overhead;
    case LedgerKind::Context:
    case LedgerKind::Reserved:
        return SegmentKind::Driver;
    case LedgerKind::Process:
    case LedgerKind::Unattributed:
        return SegmentKind::Others;
    case LedgerKind::Ready:
        return SegmentKind::Ready;
    case LedgerKind::Free:
        return SegmentKind::Free;
    case LedgerKind::None:
        break;
    }
    return SegmentKind::None;
}

/// Components by model, in the order of their first one; what is being loaded comes last.
QList<MemoryOwner> ownersOf(const QList<LedgerRow>& ledger, const QList<MemoryOwner>& known)
{
    QHash<QString, qsizetype> places;
    QList<MemoryOwner> owners;
    for (const LedgerRow& row : ledger) {
        if (row.kind != LedgerKind::Component)
            continue;
        const qsizetype place = places.value(row.modelId, owners.size());
        if (place == owners.size()) {
            const auto found = std::ranges::find(known, row.modelId, &MemoryOwner::modelId);
            owners.append({.modelId = row.modelId,
                .modelName = row.modelName,
                .components = {},
                .isOnlyLeased = found != known.end() && found->isOnlyLeased});
            places.insert(row.modelId, place);
        }
        owners[place].bytes += row.bytes;
        owners[place].components.append(QStringLiteral("%1, %2").arg(row.componentId, bytesText(row.bytes)));
    }
    for (const LedgerRow& row : ledger) {
        if (row.kind == LedgerKind::Loading)
            owners.append({.modelId = row.modelId,
                .modelName = row.modelName,
                .components = {},
                .bytes = row.bytes,
                .use = MemoryUse::Loading});
    }
    return owners;
}

MemorySegment segmentOf(const LedgerRow& row, const WatchedMemory& memory)
{
    MemorySegment segment{
        .kind = kindOf(row.kind), .modelId = {}, .label = ledgerLabel(row), .details = {}, .bytes = row.bytes};
    if (row.kind != LedgerKind::Free)
        return segment;
    if (memory.areOthersKnown)
        segment.details = freeDetails(memory.capacity, memory.total);
    else
        segment.label = LedgerText::tr("Free, or used by others: not known", "part of a memory");
    return segment;
}

} // namespace

QList<MemorySegment> ledgerSegments(const WatchedMemory& memory, const QList<MemoryOwner>& owners)
{
    QList<MemorySegment> segments = ownerSegments(ownersOf(memory.ledger, owners));
    QList<MemorySegment> last;
    for (const LedgerRow& row : memory.ledger) {
        const SegmentKind kind = kindOf(row.kind);
        if (kind == SegmentKind::Owner || (row.bytes == 0 && kind != SegmentKind::Free))
            continue;
        const bool isUnused = kind == SegmentKind::Ready || kind == SegmentKind::Free;
        (isUnused ? last : segments).append(segmentOf(row, memory));
    }
    return segments + last;
}

} // namespace weightroom::ui
