// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/memory_view.h"
#include "ui/widgets/memory/owner_colors.h"

#include <QList>

namespace weightroom::ui {

enum class SegmentKind : quint8 { None = 0, Owner, Shared, Overhead, Driver, Others, Ready, Free };

/// One part of a memory, as a gauge and its legend show it.
struct MemorySegment {
    SegmentKind kind = SegmentKind::None;
    QString modelId; ///< of an owner
    QString label;
    QStringList details; ///< components of an owner
    quint64 bytes = 0;
};

/// All parts in the order in which they are drawn. Their bytes add up to MemoryView::whole() (or to what is in use,
/// where figures of different moments are more than that). Parts of no bytes are left out, but the free part never is.
[[nodiscard]] QList<MemorySegment> segmentsOf(const MemoryView& memory);
/// Of these, the parts that models have.
[[nodiscard]] QList<MemorySegment> ownerSegments(const QList<MemoryOwner>& owners);
/// What is worth knowing about what is free: that this program leaves some of it to others. Empty where it may have
/// all.
[[nodiscard]] QStringList freeDetails(quint64 capacity, quint64 whole);

/// "sd_xl_base: 6.46 GiB (6,938,041,280 bytes)" and the components below.
[[nodiscard]] QString segmentText(const MemorySegment& segment);

/// The colour of a part; the one of the free part is that of the empty track.
[[nodiscard]] QColor segmentColor(const MemorySegment& segment, const OwnerColors& colors, const Theme& theme);

} // namespace weightroom::ui
