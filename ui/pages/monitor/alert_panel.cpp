// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/alert_panel.h"

#include "ui/pages/monitor/alert_card.h"
#include "ui/widgets/data_label.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace weightroom::ui {
namespace {

/// In the layout: after the heading and the sentence that nothing is wrong.
constexpr int kFirstCard = 2;

} // namespace

AlertPanel::AlertPanel(QWidget* parent)
    : QWidget(parent)
    , m_empty(makeSentenceLabel(this))
    , m_more(new QPushButton(tr("Show more", "button: alerts that are over"), this))
    , m_layout(new QVBoxLayout(this))
{
    setObjectName(QStringLiteral("alertPanel"));
    setAccessibleName(tr("Alerts", "accessible name of a list"));
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->addWidget(makeHeading(tr("Alerts", "heading"), 1.0, this));
    m_empty->setText(tr("Nothing is wrong, and nothing was. Settings say when you are told."));
    m_empty->setProperty("role", QStringLiteral("muted"));
    m_layout->addWidget(m_empty);
    m_more->setObjectName(QStringLiteral("moreAlerts"));
    m_more->setToolTip(tr("Shows alerts that were over before these"));
    m_more->hide();
    m_layout->addWidget(m_more, 0, Qt::AlignLeft);
    m_layout->addStretch();
    connect(m_more, &QPushButton::clicked, this, &AlertPanel::showMore);
}

void AlertPanel::setAlerts(const QList<AlertView>& alerts)
{
    if (alerts == m_alerts)
        return;
    m_alerts = alerts;
    m_acknowledged.removeIf([this](quint64 number) {
        return std::ranges::none_of(
            m_alerts, [&](const AlertView& alert) { return alert.number == number && !alert.isAcknowledged; });
    });
    updateCards();
}

void AlertPanel::setEarlierAlerts(const QList<AlertView>& alerts)
{
    if (alerts == m_earlier)
        return;
    m_earlier = alerts;
    updateCards();
}

void AlertPanel::showUnacknowledged(quint64 number)
{
    if (m_acknowledged.remove(number))
        updateCards();
}

int AlertPanel::mostWanted() const { return static_cast<int>(m_alerts.size()) + m_mostOver + kPage; }

void AlertPanel::acknowledge(quint64 number)
{
    m_acknowledged.insert(number);
    updateCards();
    Q_EMIT acknowledged(number);
}

/// What is known already stands there at once; the answer brings the page after it.
void AlertPanel::showMore()
{
    m_mostOver += kPage;
    updateCards();
    Q_EMIT moreWanted();
}

QList<AlertView> AlertPanel::shownAlerts()
{
    QList<AlertView> shown = m_alerts;
    for (AlertView& alert : shown)
        alert.isAcknowledged = alert.isAcknowledged || m_acknowledged.contains(alert.number);
    std::ranges::stable_sort(shown, std::greater{}, &AlertView::isActive);
    QList<AlertView> earlier = m_earlier;
    earlier.removeIf([this](const AlertView& alert) {
        return alert.isActive || std::ranges::find(m_alerts, alert.number, &AlertView::number) != m_alerts.end();
    });
    m_more->setVisible(earlier.size() > m_mostOver);
    for (const AlertView& alert : std::as_const(earlier).mid(0, m_mostOver)) {
        shown.append(alert);
        shown.last().isAcknowledged = true; // or cannot be any more
    }
    return shown;
}

void AlertPanel::updateCards()
{
    QList<AlertCard*> cards;
    for (const AlertView& alert : shownAlerts()) {
        AlertCard* card = takeCard(alert);
        const int place = kFirstCard + static_cast<int>(cards.size());
        if (m_layout->indexOf(card) != place)
            m_layout->insertWidget(place, card); // takes it from where it was
        cards.append(card);
    }
    for (AlertCard* gone : std::exchange(m_cards, cards)) {
        gone->hide();
        m_layout->removeWidget(gone);
        gone->deleteLater();
    }
    m_empty->setVisible(m_cards.isEmpty());
    orderTabs();
}

AlertCard* AlertPanel::takeCard(const AlertView& alert)
{
    const auto known =
        std::ranges::find(m_cards, alert.number, [](const AlertCard* card) { return card->alert().number; });
    if (known != m_cards.end()) {
        AlertCard* card = *known;
        m_cards.erase(known);
        card->setAlert(alert);
        return card;
    }
    auto* card = new AlertCard(alert, this);
    connect(card, &AlertCard::acknowledged, this, &AlertPanel::acknowledge);
    return card;
}

/// From top to bottom: cards may come in before others that are there.
void AlertPanel::orderTabs()
{
    for (qsizetype place = 1; place < m_cards.size(); ++place)
        setTabOrder(m_cards[place - 1]->button(), m_cards[place]->button());
    if (!m_cards.isEmpty())
        setTabOrder(m_cards.last()->button(), m_more);
}

} // namespace weightroom::ui
