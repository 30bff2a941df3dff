// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/memory/ledger_tree.h"

#include "ui/bridge/text/units.h"
#include "ui/pages/memory/ledger_text.h"

#include <QCoreApplication>
#include <QHash>
#include <QMap>

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

QString leafId(const LedgerRow& row)
{
    const QString number = row.kind == LedgerKind::Process ? QString::number(row.processId) : row.modelId;
    return QStringLiteral("%1/%2").arg(static_cast<int>(row.kind)).arg(number);
}

/// What is no component. What several components share can be asked for.
TreemapNode leafOf(const LedgerRow& row)
{
    return {.id = leafId(row),
        .label = ledgerLabel(row),
        .detail = bytesText(row.bytes),
        .size = static_cast<double>(row.bytes),
        .tone = toneOf(row.kind),
        .modelId = row.modelId,
        .children = {},
        .hasMore = row.kind == LedgerKind::Shared};
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

/// One that was unloaded while another program uses it, and then loaded anew, has two lines.
void addComponent(TreemapNode& model, const LedgerRow& row)
{
    const auto known = std::ranges::find(model.children, row.componentId, &TreemapNode::id);
    if (known == model.children.end()) {
        model.children.append(componentOf(row));
    } else {
        known->size += static_cast<double>(row.bytes);
        known->detail = bytesText(static_cast<quint64>(known->size));
    }
    model.size += static_cast<double>(row.bytes);
    model.detail = bytesText(static_cast<quint64>(model.size));
}

/// Which components there are, and how large: with them what they share may change, though it is as large as before.
quint64 versionOf(const WatchedMemory& memory)
{
    size_t version = 0;
    for (const LedgerRow& row : memory.ledger) {
        if (row.kind == LedgerKind::Component)
            version = qHashMulti(version, row.modelId, row.componentId, row.bytes);
    }
    return version;
}

void markVersion(TreemapNode& root, quint64 version)
{
    for (TreemapNode& part : root.children) {
        part.version = part.hasMore ? version : 0;
        for (TreemapNode& component : part.children)
            component.version = version;
    }
}

QString detailOf(const TensorsView::Tensor& tensor)
{
    if (tensor.otherNames.isEmpty())
        return LedgerText::tr("%1, %2", "a tensor: its type, its size").arg(tensor.type, bytesText(tensor.bytes));
    return LedgerText::tr("%1, %2, also %3", "a tensor: its type, its size, other tensors with the same bytes")
        .arg(tensor.type, bytesText(tensor.bytes), tensor.otherNames.join(QStringLiteral(", ")));
}

QList<TreemapNode> nodesOf(const QList<TensorsView::Tensor>& tensors)
{
    QList<TreemapNode> nodes;
    for (const TensorsView::Tensor& tensor : tensors) {
        nodes.append({.id = tensor.name,
            .label = tensor.name,
            .detail = detailOf(tensor),
            .size = static_cast<double>(tensor.bytes),
            .tone = TreemapTone::None,
            .modelId = {},
            .children = {},
            .isPath = true});
    }
    return nodes;
}

/// One tile for all that the same components share, with its tensors inside.
QList<TreemapNode> nodesByHolders(const QList<TensorsView::Tensor>& tensors)
{
    QMap<QString, QList<TensorsView::Tensor>> groups;
    for (const TensorsView::Tensor& tensor : tensors)
        groups[tensor.holders.join(QStringLiteral(" \u00B7 "))].append(tensor);
    QList<TreemapNode> nodes;
    for (auto group = groups.cbegin(); group != groups.cend(); ++group) {
        quint64 bytes = 0;
        for (const TensorsView::Tensor& tensor : *group)
            bytes += tensor.bytes;
        nodes.append({.id = group.key(),
            .label = group.key(),
            .detail = bytesText(bytes),
            .size = static_cast<double>(bytes),
            .tone = TreemapTone::None,
            .modelId = {},
            .children = nodesOf(*group)});
    }
    return nodes;
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
    markVersion(root, versionOf(memory));
    return root;
}

QString sharedNodeId()
{
    LedgerRow shared;
    shared.kind = LedgerKind::Shared;
    return leafId(shared);
}

QStringList pathOf(const TensorsView& tensors)
{
    return tensors.componentId.isEmpty() ? QStringList(sharedNodeId())
                                         : QStringList{tensors.modelId, tensors.componentId};
}

QList<TreemapNode> tensorNodes(const TensorsView& tensors)
{
    return tensors.componentId.isEmpty() ? nodesByHolders(tensors.tensors) : nodesOf(tensors.tensors);
}

} // namespace weightroom::ui
