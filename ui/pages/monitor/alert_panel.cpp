// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/alert_panel.h"

#include "ui/bridge/text/units.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QDate>
#include <QEvent>
#include <QFrame>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr int kIconSize = 20;
constexpr qsizetype kMostEarlier = 20; ///< more are found by the operation get_alerts

QString iconOf(AlertLevel level)
{
    switch (level) {
    case AlertLevel::Error:
        return QStringLiteral("error");
    case AlertLevel::Warning:
        return QStringLiteral("warning");
    case AlertLevel::Info:
    case AlertLevel::None:
        break;
    }
    return QStringLiteral("info");
}

QColor colorOf(const AlertView& alert, const Theme& theme)
{
    if (!alert.isActive || alert.level == AlertLevel::None)
        return theme.muted;
    if (alert.level == AlertLevel::Error)
        return theme.danger;
    return alert.level == AlertLevel::Warning ? theme.warning : theme.accent;
}

QString timesText(const AlertView& alert)
{
    const QDate today = QDate::currentDate();
    const QString raised = momentText(alert.raisedAt, today);
    if (!alert.recoveredAt)
        return AlertPanel::tr("Active since %1", "alert").arg(raised);
    return AlertPanel::tr("%1 to %2, over", "alert: from, to").arg(raised, momentText(*alert.recoveredAt, today));
}

} // namespace

AlertPanel::AlertPanel(QWidget* parent)
    : QWidget(parent)
    , m_empty(makeSentenceLabel(this))
    , m_layout(new QVBoxLayout(this))
{
    setObjectName(QStringLiteral("alertPanel"));
    setAccessibleName(tr("Alerts", "accessible name of a list"));
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->addWidget(makeHeading(tr("Alerts", "heading"), 1.0, this));
    m_empty->setText(tr("Nothing is wrong, and nothing was. Settings say when you are told."));
    m_empty->setProperty("role", QStringLiteral("muted"));
    m_layout->addWidget(m_empty);
    m_layout->addStretch();
}

void AlertPanel::setAlerts(const QList<AlertView>& alerts)
{
    if (alerts == m_alerts)
        return;
    m_alerts = alerts;
    rebuild();
}

void AlertPanel::setEarlierAlerts(const QList<AlertView>& alerts)
{
    if (alerts == m_earlier)
        return;
    m_earlier = alerts;
    rebuild();
}

void AlertPanel::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        rebuild();
}

void AlertPanel::rebuild()
{
    for (QWidget* card : std::as_const(m_cards))
        card->deleteLater();
    m_cards.clear();
    QList<AlertView> active = m_alerts;
    std::ranges::stable_sort(active, std::greater{}, &AlertView::isActive);
    addCards(active);
    QList<AlertView> earlier = m_earlier;
    earlier.removeIf([this](const AlertView& alert) {
        return alert.isActive || std::ranges::find(m_alerts, alert.number, &AlertView::number) != m_alerts.end();
    });
    addCards(earlier.mid(0, kMostEarlier));
    m_empty->setVisible(m_cards.isEmpty());
}

void AlertPanel::addCards(const QList<AlertView>& alerts)
{
    for (const AlertView& alert : alerts) {
        m_cards.append(makeCard(alert));
        m_layout->insertWidget(m_layout->count() - 1, m_cards.last()); // before the stretch
    }
}

QWidget* AlertPanel::makeCard(const AlertView& alert)
{
    auto* card = new QFrame(this);
    card->setProperty("role", QStringLiteral("card"));
    auto* icon = new QLabel(card);
    const Theme& theme = themeOf(palette());
    icon->setPixmap(iconPixmap(iconOf(alert.level), colorOf(alert, theme), kIconSize, devicePixelRatioF()));
    QLabel* title = makeHeading(alert.title, 1.0, card);
    title->setWordWrap(true);
    QLabel* sentence = makeSentenceLabel(card);
    sentence->setText(alert.sentence);
    QLabel* times = makeSentenceLabel(card);
    times->setText(timesText(alert));
    times->setProperty("role", QStringLiteral("muted"));
    auto* layout = new QGridLayout(card);
    layout->addWidget(icon, 0, 0, Qt::AlignTop);
    layout->addWidget(title, 0, 1);
    layout->addWidget(sentence, 1, 1);
    layout->addWidget(times, 2, 1);
    layout->setColumnStretch(1, 1);
    if (!alert.isAcknowledged) {
        auto* seen = new QPushButton(tr("Acknowledge", "button: an alert was seen"), card);
        seen->setObjectName(QStringLiteral("acknowledge"));
        connect(seen, &QPushButton::clicked, this, [this, number = alert.number] { Q_EMIT acknowledged(number); });
        layout->addWidget(seen, 3, 1, Qt::AlignLeft);
    }
    card->setAccessibleName(alert.title);
    return card;
}

} // namespace weightroom::ui
