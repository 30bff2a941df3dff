// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/banner.h"

#include "ui/bridge/text/error_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QHBoxLayout>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

void clearRow(QHBoxLayout& row)
{
    while (QLayoutItem* item = row.takeAt(0)) {
        if (item->widget() != nullptr)
            item->widget()->deleteLater();
        delete item;
    }
}

} // namespace

Banner::Banner(QWidget* parent)
    : QFrame(parent)
    , m_icon(new QLabel(this))
    , m_sentence(makeSentenceLabel(this))
    , m_advice(makeSentenceLabel(this))
    , m_actions(new QHBoxLayout)
{
    setObjectName(QStringLiteral("banner"));
    setProperty("role", QStringLiteral("banner"));
    m_sentence->setObjectName(QStringLiteral("bannerSentence"));
    m_sentence->setFont(scaledFont(font(), 1.0, QFont::DemiBold));
    m_advice->setProperty("role", QStringLiteral("muted"));
    auto* close = new QToolButton(this);
    close->setIcon(themedIcon(QStringLiteral("close")));
    close->setProperty("role", QStringLiteral("plain"));
    close->setToolTip(tr("Close", "button of the banner"));
    close->setAccessibleName(tr("Close the message", "accessible name"));
    connect(close, &QToolButton::clicked, this, &QWidget::hide);

    auto* texts = new QVBoxLayout;
    texts->setSpacing(kSpace / 2);
    texts->addWidget(m_sentence);
    texts->addWidget(m_advice);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(3 * kSpace, 2 * kSpace, 2 * kSpace, 2 * kSpace);
    layout->setSpacing(3 * kSpace);
    layout->addWidget(m_icon, 0, Qt::AlignTop);
    layout->addLayout(texts, 1);
    layout->addLayout(m_actions);
    layout->addWidget(close, 0, Qt::AlignTop);
    hide();
}

void Banner::showError(const ErrorView& error)
{
    m_sentence->setText(error.sentence);
    m_advice->setText(error.help());
    m_advice->setVisible(!m_advice->text().isEmpty());
    setToolTip(plainToolTip(error.detail));
    setAccessibleName(error.sentence);
    showActions(error);
    const Theme& theme = themeOf(palette());
    if (error.weight == ErrorWeight::Info || error.weight == ErrorWeight::Warning)
        showAs("warningBanner", QStringLiteral("warning"), theme.warning);
    else
        showAs("banner", QStringLiteral("error"), theme.danger);
}

void Banner::showNotice(const QString& sentence, const QString& button, const std::function<void()>& pressed, Tone tone)
{
    m_sentence->setText(sentence);
    m_advice->hide();
    setToolTip(QString());
    setAccessibleName(sentence);
    clearRow(*m_actions);
    const Theme& theme = themeOf(palette());
    if (tone == Tone::Warning)
        showAs("warningBanner", QStringLiteral("warning"), theme.warning);
    else
        showAs("notice", QStringLiteral("check"), theme.success);
    if (button.isEmpty())
        return;
    auto* action = new QToolButton(this);
    action->setObjectName(QStringLiteral("bannerButton"));
    action->setText(button);
    action->setProperty("role", QStringLiteral("link"));
    connect(action, &QToolButton::clicked, this, [this, pressed] {
        hide();
        pressed();
    });
    m_actions->addWidget(action);
}

void Banner::takeBack(const QString& sentence)
{
    if (m_sentence->text() == sentence)
        hide();
}

/// The style sheet goes by the role, which it looks at only when it is told to.
void Banner::showAs(const char* role, const QString& icon, const QColor& color)
{
    m_icon->setPixmap(iconPixmap(icon, color, 20, devicePixelRatioF()));
    setProperty("role", QLatin1String(role));
    style()->unpolish(this);
    style()->polish(this);
    show();
}

void Banner::showActions(const ErrorView& error)
{
    QList<ErrorAction> actions = error.actions;
    // There is no job that could be tried again.
    actions.removeAll(ErrorAction::TryAgain);
    fillActionRow(*m_actions, actions, *this, [this, modelId = error.modelId](ErrorAction action) {
        hide();
        Q_EMIT actionRequested(action, modelId);
    });
}

void fillActionRow(QHBoxLayout& row, const QList<ErrorAction>& actions, QWidget& parent,
    const std::function<void(ErrorAction)>& chosen)
{
    clearRow(row);
    for (const ErrorAction action : actions) {
        auto* button = new QToolButton(&parent);
        button->setText(actionText(action));
        button->setProperty("role", QStringLiteral("link"));
        QObject::connect(button, &QToolButton::clicked, &parent, [chosen, action] { chosen(action); });
        row.addWidget(button);
    }
    if (!actions.isEmpty())
        row.addStretch();
}

} // namespace weightroom::ui
