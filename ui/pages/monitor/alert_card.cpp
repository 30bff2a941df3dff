// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/alert_card.h"

#include "ui/bridge/text/units.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QDate>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>

namespace weightroom::ui {
namespace {

constexpr int kIconSize = 20;

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
        return AlertCard::tr("Active since %1", "alert").arg(raised);
    return AlertCard::tr("%1 to %2, over", "alert: from, to").arg(raised, momentText(*alert.recoveredAt, today));
}

} // namespace

AlertCard::AlertCard(const AlertView& alert, QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_title(makeHeading({}, 1.0, this))
    , m_sentence(makeSentenceLabel(this))
    , m_times(makeSentenceLabel(this))
    , m_button(new QPushButton(tr("Acknowledge", "button: an alert was seen"), this))
{
    build();
    showAlert(alert);
    connect(m_button, &QPushButton::clicked, this, [this] { Q_EMIT acknowledged(m_alert.number); });
}

void AlertCard::build()
{
    setProperty("role", QStringLiteral("card"));
    m_title->setWordWrap(true);
    m_times->setProperty("role", QStringLiteral("muted"));
    m_button->setObjectName(QStringLiteral("acknowledge"));
    auto* layout = new QGridLayout(this);
    layout->addWidget(m_icon, 0, 0, Qt::AlignTop);
    layout->addWidget(m_title, 0, 1);
    layout->addWidget(m_sentence, 1, 1);
    layout->addWidget(m_times, 2, 1);
    layout->addWidget(m_button, 3, 1, Qt::AlignLeft);
    layout->setColumnStretch(1, 1);
}

void AlertCard::setAlert(const AlertView& alert)
{
    if (alert != m_alert)
        return showAlert(alert);
    m_times->setText(timesText(m_alert)); // the day may have ended
}

void AlertCard::showAlert(const AlertView& alert)
{
    m_alert = alert;
    m_title->setText(alert.title);
    m_sentence->setText(alert.sentence);
    m_times->setText(timesText(alert));
    m_button->setVisible(!alert.isAcknowledged);
    m_button->setAccessibleDescription(alert.title);
    setAccessibleName(alert.title);
    paintIcon();
}

void AlertCard::paintIcon()
{
    m_icon->setPixmap(
        iconPixmap(iconOf(m_alert.level), colorOf(m_alert, themeOf(palette())), kIconSize, devicePixelRatioF()));
}

void AlertCard::changeEvent(QEvent* event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        paintIcon();
}

} // namespace weightroom::ui
