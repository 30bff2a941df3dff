// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"

#include <QFrame>

class QLabel;
class QPushButton;

namespace weightroom::ui {

/// One alert: what is wrong, since when, and a button that says one has seen it.
class AlertCard final : public QFrame {
    Q_OBJECT
public:
    explicit AlertCard(const AlertView& alert, QWidget* parent = nullptr);

    /// The same alert as it is by now. The button stays the same one: a press that has begun goes on.
    void setAlert(const AlertView& alert);

    [[nodiscard]] const AlertView& alert() const { return m_alert; }
    [[nodiscard]] QPushButton* button() const { return m_button; }

Q_SIGNALS:
    void acknowledged(quint64 number);

protected:
    void changeEvent(QEvent* event) override;

private:
    void build();
    void showAlert(const AlertView& alert);
    void paintIcon();

    AlertView m_alert;
    QLabel* m_icon;
    QLabel* m_title;
    QLabel* m_sentence;
    QLabel* m_times;
    QPushButton* m_button; ///< hidden once the alert was seen
};

} // namespace weightroom::ui
