// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"

#include <QList>
#include <QWidget>

class QLabel;
class QVBoxLayout;

namespace weightroom::ui {

/// Alerts as cards, those that are active first: what is wrong, since when, and a button that says one has seen it.
/// Below them those that are over.
class AlertPanel final : public QWidget {
    Q_OBJECT
public:
    explicit AlertPanel(QWidget* parent = nullptr);

    /// Those that are active, or not acknowledged yet.
    void setAlerts(const QList<AlertView>& alerts);
    /// All that were, the newest first.
    void setEarlierAlerts(const QList<AlertView>& alerts);

Q_SIGNALS:
    void acknowledged(quint64 number);

protected:
    void changeEvent(QEvent* event) override;

private:
    void rebuild();
    [[nodiscard]] QWidget* makeCard(const AlertView& alert);
    void addCards(const QList<AlertView>& alerts);

    QList<AlertView> m_alerts;
    QList<AlertView> m_earlier;
    QLabel* m_empty;
    QVBoxLayout* m_layout;
    QList<QWidget*> m_cards;
};

} // namespace weightroom::ui
