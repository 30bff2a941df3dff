// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/time_chart.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QScrollBar>
#include <QWheelEvent>

#include <cmath>

namespace weightroom::ui {
namespace {

constexpr double kNotch = 120; ///< QWheelEvent's unit for one step of a wheel
constexpr double kZoomStep = 0.8; ///< of the length, for a notch or a key
constexpr double kPanStep = 0.1; ///< of the length, likewise

bool canScroll(const QWidget* widget)
{
    const auto* area = qobject_cast<const QAbstractScrollArea*>(widget);
    return area != nullptr && area->verticalScrollBar()->maximum() > area->verticalScrollBar()->minimum();
}

qint64 shareOf(TimeSpan span, double share) { return std::llround(static_cast<double>(span.length()) * share); }

} // namespace

bool TimeChart::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Leave)
        endHover();
    return QChartView::viewportEvent(event);
}

void TimeChart::wheelEvent(QWheelEvent* event)
{
    if (pageWantsWheel(*event)) {
        event->ignore();
        return;
    }
    event->accept();
    const QPoint delta = event->angleDelta();
    const bool isSideways = std::abs(delta.x()) > std::abs(delta.y());
    const double notches = (isSideways ? delta.x() : delta.y()) / kNotch;
    VisibleTime next = m_time;
    if (isSideways || event->modifiers().testFlag(Qt::ShiftModifier))
        next.pan(-shareOf(m_time.span(), notches * kPanStep));
    else
        next.zoom(std::pow(kZoomStep, notches), m_frame.geometry.timeAt(event->position().x()));
    choose(next);
}

void TimeChart::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        m_drag = Drag{.x = event->position().x(), .span = m_time.span()};
}

void TimeChart::mouseMoveEvent(QMouseEvent* event)
{
    if (m_drag)
        drag(event->position().x());
    hover(event->position().x());
}

void TimeChart::mouseReleaseEvent(QMouseEvent*)
{
    m_drag.reset();
    viewport()->unsetCursor();
}

void TimeChart::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton)
        chooseLive();
}

void TimeChart::keyPressEvent(QKeyEvent* event)
{
    const bool isToLive = event->key() == Qt::Key_Home || (event->key() == Qt::Key_Escape && !isLive());
    if (isToLive)
        chooseLive();
    else if (!moveByKey(event->key())) {
        event->ignore(); // not to the view, which would scroll itself
        return;
    }
    event->accept();
    describe();
}

void TimeChart::focusInEvent(QFocusEvent* event)
{
    describe();
    QChartView::focusInEvent(event);
    viewport()->update();
}

void TimeChart::focusOutEvent(QFocusEvent* event)
{
    QChartView::focusOutEvent(event);
    viewport()->update();
}

bool TimeChart::pageWantsWheel(const QWheelEvent& event) const
{
    if (hasFocus() || event.modifiers().testFlag(Qt::ControlModifier))
        return false;
    for (const QWidget* ancestor = parentWidget(); ancestor != nullptr; ancestor = ancestor->parentWidget()) {
        if (canScroll(ancestor))
            return true;
    }
    return false;
}

bool TimeChart::moveByKey(int key)
{
    const TimeSpan span = m_time.span();
    const qint64 about = m_crosshair.value_or(span.from + span.length() / 2);
    VisibleTime next = m_time;
    switch (key) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: // the key of + without Shift
        next.zoom(kZoomStep, about);
        break;
    case Qt::Key_Minus:
        next.zoom(1 / kZoomStep, about);
        break;
    case Qt::Key_Left:
        next.pan(-shareOf(span, kPanStep));
        break;
    case Qt::Key_Right:
        next.pan(shareOf(span, kPanStep));
        break;
    default:
        return false;
    }
    choose(next);
    return true;
}

void TimeChart::choose(const VisibleTime& next)
{
    const TimeSpan span = next.span();
    if (span == m_time.span())
        return; // at a limit; live stays live
    m_time = next;
    refresh();
    if (m_pointer)
        hover(*m_pointer);
    Q_EMIT rangeChosen(span.from, span.to);
}

void TimeChart::chooseLive()
{
    m_drag.reset();
    if (isLive())
        return;
    showLive();
    Q_EMIT liveWanted();
}

void TimeChart::hover(double x)
{
    const QRectF& plot = m_frame.geometry.plot;
    if (x < plot.left() || x > plot.right()) {
        endHover();
        return;
    }
    m_pointer = x;
    const qint64 at = m_frame.geometry.timeAt(x);
    showCrosshair(at);
    Q_EMIT hovered(at);
}

void TimeChart::endHover()
{
    if (!m_pointer)
        return;
    m_pointer.reset();
    hideCrosshair();
    Q_EMIT hoverEnded();
}

void TimeChart::drag(double x)
{
    const double distance = x - m_drag->x;
    if (!m_drag->isMoving && std::abs(distance) < QApplication::startDragDistance())
        return;
    m_drag->isMoving = true;
    viewport()->setCursor(Qt::ClosedHandCursor);
    const qint64 by = -std::llround(distance * m_frame.geometry.pixelLength());
    VisibleTime next = m_time;
    next.show({m_drag->span.from + by, m_drag->span.to + by});
    choose(next);
}

} // namespace weightroom::ui
