// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/wheel_guard.h"

#include <QEvent>
#include <QWidget>

namespace weightroom::ui {

void WheelGuard::guard(QWidget& editor)
{
    editor.setFocusPolicy(Qt::StrongFocus); // the wheel would give it the focus
    editor.installEventFilter(this);
}

bool WheelGuard::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::Wheel)
        return QObject::eventFilter(watched, event);
    event->ignore(); // so that it goes on to the parent
    return true;
}

} // namespace weightroom::ui
