// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/empty_state.h"

#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

constexpr int kIconSize = 56;
/// About 65 characters: longer lines are hard to read.
constexpr int kTextWidth = 420;

} // namespace

EmptyState::EmptyState(const QString& iconName, const QString& title, const QString& text, QWidget* parent)
    : QWidget(parent)
    , m_iconName(iconName)
    , m_icon(new QLabel(this))
    , m_buttons(new QHBoxLayout)
{
    auto* heading = makeHeading(title, 1.5, this);
    heading->setAlignment(Qt::AlignCenter);
    heading->setWordWrap(true);
    auto* sentence = makeSentenceLabel(this);
    sentence->setText(text);
    sentence->setAlignment(Qt::AlignCenter);
    sentence->setProperty("role", QStringLiteral("muted"));
    sentence->setMaximumWidth(kTextWidth);
    m_icon->setAlignment(Qt::AlignCenter);
    m_buttons->setSpacing(2 * kSpace);

    // A row of its own: an aligned item of a column would not get the height that its lines need.
    auto* sentenceRow = new QHBoxLayout;
    sentenceRow->addStretch();
    sentenceRow->addWidget(sentence, 10);
    sentenceRow->addStretch();

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(6 * kSpace, 6 * kSpace, 6 * kSpace, 6 * kSpace);
    layout->addStretch(2);
    layout->addWidget(m_icon);
    layout->addSpacing(3 * kSpace);
    layout->addWidget(heading);
    layout->addSpacing(kSpace);
    layout->addLayout(sentenceRow);
    layout->addSpacing(4 * kSpace);
    layout->addLayout(m_buttons);
    layout->addStretch(3);
    m_buttons->addStretch();
    m_buttons->addStretch();
    drawIcon();
}

QPushButton* EmptyState::addButton(const QString& text, ButtonRank rank)
{
    auto* button = new QPushButton(text, this);
    if (rank == ButtonRank::Primary)
        button->setProperty("role", QStringLiteral("primary"));
    m_buttons->insertWidget(m_buttons->count() - 1, button);
    return button;
}

void EmptyState::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        drawIcon();
}

void EmptyState::drawIcon()
{
    m_icon->setPixmap(iconPixmap(m_iconName, themeOf(palette()).muted, kIconSize, devicePixelRatioF()));
}

} // namespace weightroom::ui
