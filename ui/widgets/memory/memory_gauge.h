// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/memory/memory_segments.h"

#include <QWidget>

namespace weightroom::ui {

/// A horizontal bar that shows who holds a memory. Pointing at a part names it; screen readers get all parts as text.
class MemoryGauge final : public QWidget {
    Q_OBJECT
public:
    explicit MemoryGauge(QWidget* parent = nullptr);

    void setMemory(const MemoryView& memory, const OwnerColors& colors);
    /// Parts that were made elsewhere. `title`: of the memory; `amount`: how much of it is used, for screen readers.
    void setParts(
        const QString& title, const QString& amount, const QList<MemorySegment>& parts, const OwnerColors& colors);
    /// Draws the other parts fainter; empty: none stands out.
    void setHighlighted(const QString& modelId);

    [[nodiscard]] const QList<MemorySegment>& segments() const { return m_segments; }
    /// The part at a position of the widget; nullptr outside.
    [[nodiscard]] const MemorySegment* segmentAt(QPoint position) const;

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    void ownerHovered(const QString& modelId); ///< empty: none
    void ownerClicked(const QString& modelId);

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    [[nodiscard]] QList<QRectF> segmentRects() const;
    void paintSegment(QPainter& painter, const QRectF& rect, const MemorySegment& segment) const;
    void describe(const QString& title, const QString& amount);
    void hover(const QString& modelId);

    QList<MemorySegment> m_segments;
    OwnerColors m_colors;
    QString m_highlighted;
    QString m_hovered;
};

} // namespace weightroom::ui
