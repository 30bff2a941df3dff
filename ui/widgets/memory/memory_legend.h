// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/memory/memory_segments.h"

#include <QWidget>

namespace weightroom::ui {

/// The parts of a gauge by name and size, one a line: the largest owners, the rest summed up, then overhead and free.
class MemoryLegend final : public QWidget {
    Q_OBJECT
public:
    explicit MemoryLegend(QWidget* parent = nullptr);

    void setSegments(const QList<MemorySegment>& segments, const OwnerColors& colors);
    void setHighlighted(const QString& modelId);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override { return {80, sizeHint().height()}; }

Q_SIGNALS:
    void ownerHovered(const QString& modelId);
    void ownerClicked(const QString& modelId);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    [[nodiscard]] int lineHeight() const;
    [[nodiscard]] const MemorySegment* lineAt(QPoint position) const;
    void paintLine(QPainter& painter, const QRect& line, const MemorySegment& segment) const;

    QList<MemorySegment> m_lines;
    OwnerColors m_colors;
    QString m_highlighted;
};

} // namespace weightroom::ui
