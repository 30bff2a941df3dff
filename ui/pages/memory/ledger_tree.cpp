// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/memory/ledger_tree.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QHash>

#include <algorithm>

namespace weightroom::ui {
namespace {

struct LedgerText {
    Q_DECLARE_TR_FUNCTIONS(LedgerText)
};

TreemapTone toneOf(LedgerKind kind)
{
    switch (kind) {
    case LedgerKind::Component:
    case LedgerKind::Loading:
        return TreemapTone::Owner;
    case LedgerKind::Shared:
        return TreemapTone::Shared;
    case LedgerKind::Overhead:
        return TreemapTone::Overhead;
    case LedgerKind::Ready:
        return TreemapTone::Ready;
    case LedgerKind::Context:
        return TreemapTone::Context;
    case LedgerKind::Process:
        return TreemapTone::Others;
    case LedgerKind::Reserved:
        return TreemapTone::Reserved;
    case LedgerKind::Unattributed:
        return TreemapTone::Unattributed;
    case LedgerKind::Free:
        return TreemapTone::Free;
    case LedgerKind::None:
        break;
    }
    return TreemapTone::None;
}

QString labelOf(const LedgerRow& row)
{
    switch (row.kind) {
    case LedgerKind::Shared:
        return LedgerText::tr("Shared by several components", "part of a memory");
    case LedgerKind::Overhead:
        return LedgerText::tr("Alignment and reserve", "part of a memory");
    case LedgerKind::Ready:
        return LedgerText::tr("Ready for the next load", "part of a memory");
    case LedgerKind::Context:
        return LedgerText::tr("The driver, for Weightroom", "part of a memory");
    case LedgerKind::Process:
        return row.processName.isEmpty()
            ? LedgerText::tr("Process %1", "part of a memory: a number").arg(row.processId)
            : LedgerText::tr("%1 (process %2)", "part of a memory: a program").arg(row.processName).arg(row.processId);
    case LedgerKind::Reserved:
        return LedgerText::tr("Reserved by the driver", "part of a memory");
    case LedgerKind::Unattributed:
        return LedgerText::tr("In use, not attributed", "part of a memory");
    case LedgerKind::Free:
        return LedgerText::tr("Free", "part of a memory");
    case LedgerKind::Loading:
        return LedgerText::tr("%1 (loading)", "part of a memory: a model").arg(row.modelName);
    case LedgerKind::Component:
    case LedgerKind::None:
        break;
    }
    return row.componentId;
}

TreemapNode leafOf(const LedgerRow& row)
{
    const QString number = row.kind == LedgerKind::Process ? QString::number(row.processId) : row.modelId;
    return {.id = QStringLiteral("%1/%2").arg(static_cast<int>(row.kind)).arg(number),
        .label = labelOf(row),
        .detail = bytesText(row.bytes),
        .size = static_cast<double>(row.bytes),
        .tone = toneOf(row.kind),
        .modelId = row.modelId,
        .children = {}};
}

/// A component; its tensors can be asked for.
TreemapNode componentOf(const LedgerRow& row)
{
    return {.id = row.componentId,
        .label = row.componentId,
        .detail = bytesText(row.bytes),
        .size = static_cast<double>(row.bytes),
        .tone = TreemapTone::None,
        .modelId = {},
        .children = {},
        .hasMore = true};
}

void addComponent(TreemapNode& model, const LedgerRow& row)
{
    model.children.append(componentOf(row));
    model.size += static_cast<double>(row.bytes);
    model.detail = bytesText(static_cast<quint64>(model.size));
}

/// What all names begin with, up to a dot: the place of the component in its file, which a tile has no room for.
qsizetype commonPrefix(const QList<TensorsView::Tensor>& tensors)
{
    if (tensors.size() < 2)
        return 0;
    const QString& first = tensors.first().name;
    qsizetype length = first.size();
    for (const TensorsView::Tensor& tensor : tensors) {
        const auto [end, other] = std::mismatch(first.begin(), first.begin() + std::min(length, tensor.name.size()),
            tensor.name.begin(), tensor.name.end());
        length = end - first.begin();
    }
    return length == 0 ? 0 : first.lastIndexOf(QLatin1Char('.'), length - 1) + 1;
}

} // namespace

TreemapNode ledgerTree(const WatchedMemory& memory, FreeMemory free)
{
    TreemapNode root{.id = memory.id,
        .label = memory.place == MemoryPlace::Cache ? memory.title : memory.id,
        .detail = bytesText(memory.total),
        .size = static_cast<double>(memory.total),
        .tone = TreemapTone::None,
        .modelId = {},
        .children = {}};
    QHash<QString, qsizetype> models;
    for (const LedgerRow& row : memory.ledger) {
        const bool isFree = row.kind == LedgerKind::Free || row.kind == LedgerKind::Ready;
        const bool isUnknown = row.kind == LedgerKind::Free && !memory.areOthersKnown;
        if (row.bytes == 0 || isUnknown || (isFree && free == FreeMemory::Hidden))
            continue;
        if (row.kind != LedgerKind::Component) {
            root.children.append(leafOf(row));
            continue;
        }
        const qsizetype place = models.value(row.modelId, root.children.size());
        if (place == root.children.size()) {
            models.insert(row.modelId, place);
            root.children.append({.id = row.modelId,
                .label = row.modelName,
                .detail = {},
                .size = 0,
                .tone = TreemapTone::Owner,
                .modelId = row.modelId,
                .children = {}});
        }
        addComponent(root.children[place], row);
    }
    return root;
}

QList<TreemapNode> tensorNodes(const TensorsView& tensors)
{
    QList<TreemapNode> nodes;
    const qsizetype prefix = commonPrefix(tensors.tensors);
    for (const TensorsView::Tensor& tensor : tensors.tensors) {
        nodes.append({.id = tensor.name,
            .label = tensor.name.sliced(prefix),
            .detail =
                LedgerText::tr("%1, %2", "a tensor: its type, its size").arg(tensor.type, bytesText(tensor.bytes)),
            .size = static_cast<double>(tensor.bytes),
            .tone = TreemapTone::None,
            .modelId = {},
            .children = {}});
    }
    return nodes;
}

} // namespace weightroom::ui
