// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"

#include <QList>
#include <QSet>
#include <QWidget>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace weightroom::ui {

class AlertCard;

/// Alerts as cards, those that are active first: what is wrong, since when, and a button that says one has seen it.
/// Below them those that are over, the newest first: some, and more of them by a button.
class AlertPanel final : public QWidget {
    Q_OBJECT
public:
    /// That are over, and with each press of the button as many more.
    static constexpr int kPage = 20;

    explicit AlertPanel(QWidget* parent = nullptr);

    /// Those that are active, or not acknowledged yet; the newest first. Cards of alerts that stay are kept.
    void setAlerts(const QList<AlertView>& alerts);
    /// Those that were too, the newest first: as many as mostWanted() says, if there are so many. What is not among
    /// those of setAlerts() either cannot be acknowledged.
    void setEarlierAlerts(const QList<AlertView>& alerts);
    /// After acknowledged(): nothing has come of it, and the alert has its button again.
    void showUnacknowledged(quint64 number);

    /// How many alerts the panel has to know, the newest ones: a page more than it shows.
    [[nodiscard]] int mostWanted() const;
    [[nodiscard]] const QList<AlertCard*>& cards() const { return m_cards; } ///< from top to bottom

Q_SIGNALS:
    /// By the user. The card has no button any more from now on, whatever an older list says.
    void acknowledged(quint64 number);
    /// More of those that are over are to be seen: mostWanted() has grown.
    void moreWanted();

private:
    void showMore();
    void acknowledge(quint64 number);
    /// What is to be seen, in this order.
    [[nodiscard]] QList<AlertView> shownAlerts();
    void updateCards();
    [[nodiscard]] AlertCard* takeCard(const AlertView& alert);
    void orderTabs();

    QList<AlertView> m_alerts;
    QList<AlertView> m_earlier;
    QSet<quint64> m_acknowledged; ///< by the user, and m_alerts does not say so yet
    int m_mostOver = kPage; ///< that are shown of those that are over
    QLabel* m_empty;
    QPushButton* m_more;
    QVBoxLayout* m_layout;
    QList<AlertCard*> m_cards;
};

} // namespace weightroom::ui
