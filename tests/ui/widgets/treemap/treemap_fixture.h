// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/treemap/treemap.h"

#include <QApplication>
#include <QHelpEvent>
#include <QImage>
#include <QToolTip>

#include <algorithm>

namespace weightroom::test {

inline constexpr double kMiB = 1 << 20;
inline const QString kSdxl = QStringLiteral("sdxl");
inline const QString kUnet = QStringLiteral("unet");

inline ui::TreemapNode node(const QString& id, double size, ui::TreemapTone tone = ui::TreemapTone::None)
{
    ui::TreemapNode made;
    made.id = id;
    made.label = id + QStringLiteral(" label");
    made.detail = id + QStringLiteral(" detail");
    made.size = size;
    made.tone = tone;
    made.modelId = tone == ui::TreemapTone::Owner ? id : QString();
    return made;
}

inline ui::TreemapNode nodeOf(
    const QString& id, const QList<ui::TreemapNode>& children, ui::TreemapTone tone = ui::TreemapTone::None)
{
    double size = 0;
    for (const ui::TreemapNode& child : children)
        size += child.size;
    ui::TreemapNode made = node(id, size, tone);
    made.children = children;
    return made;
}

inline ui::TreemapNode nodeWithMore(const QString& id, double size)
{
    ui::TreemapNode made = node(id, size);
    made.hasMore = true;
    return made;
}

/// 60 % a model of two components, 25 % one of one, 15 % free.
inline ui::TreemapNode device(double unetSize = 50 * kMiB)
{
    const ui::TreemapNode sdxl =
        nodeOf(kSdxl, {nodeWithMore(kUnet, unetSize), node(QStringLiteral("vae"), 10 * kMiB)}, ui::TreemapTone::Owner);
    const ui::TreemapNode flux =
        nodeOf(QStringLiteral("flux"), {node(QStringLiteral("dit"), 25 * kMiB)}, ui::TreemapTone::Owner);
    return nodeOf(
        QStringLiteral("GPU_0"), {node(QStringLiteral("free"), 15 * kMiB, ui::TreemapTone::Free), flux, sdxl});
}

inline QList<ui::TreemapNode> tensors(int count, double size)
{
    QList<ui::TreemapNode> made;
    for (int number = 0; number < count; ++number)
        made.append(node(QString::number(number), size));
    return made;
}

inline QStringList idsOf(const ui::Treemap& map)
{
    QStringList ids;
    for (const ui::TreemapTile& tile : map.tiles())
        ids.append(tile.id);
    return ids;
}

inline const ui::TreemapTile& tile(const ui::Treemap& map, const QString& id)
{
    static const ui::TreemapTile none;
    const auto found = std::ranges::find(map.tiles(), id, &ui::TreemapTile::id);
    return found == map.tiles().end() ? none : *found;
}

inline QPoint middleOf(const ui::TreemapTile& tile) { return tile.rect.center().toPoint(); }

/// The header: a click there goes to no component.
inline QPoint headOf(const ui::TreemapTile& tile) { return tile.rect.topLeft().toPoint() + QPoint(8, 4); }

inline QString tipAt(ui::Treemap& map, QPoint position)
{
    QToolTip::hideText();
    QHelpEvent help(QEvent::ToolTip, position, map.mapToGlobal(position));
    QApplication::sendEvent(&map, &help);
    return QToolTip::text();
}

inline QImage pictureOf(ui::Treemap& map)
{
    QImage image(map.size(), QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    map.render(&image, {}, {}, QWidget::RenderFlags());
    return image;
}

/// A treemap of the device above, shown and under the keyboard.
struct Shown {
    ui::Treemap map;

    explicit Shown(const ui::TreemapNode& root = device(), QSize size = {800, 400})
    {
        map.setEmptyText(QStringLiteral("Nothing here."));
        map.resize(size);
        map.setRoot(root);
        map.show();
        map.activateWindow();
        map.setFocus();
    }
};

} // namespace weightroom::test
