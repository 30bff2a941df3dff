// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

class QWidget;

namespace weightroom::ui {

/// Lets the wheel scroll what an editor stands in, instead of changing its value by accident. One for any number of
/// editors.
class WheelGuard final : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;

    void guard(QWidget& editor);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};

} // namespace weightroom::ui
