// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library/welcome_page.h"

#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QHBoxLayout>
#include <QIcon>
#include <QPushButton>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

constexpr int kLogoSize = 72;
constexpr int kChoiceWidth = 270;
constexpr int kLeastChoiceWidth = 190; ///< both fit into a window 800 wide
constexpr int kTextWidth = 540;

QPushButton* makeButton(const QString& text, const QString& name)
{
    auto* button = new QPushButton(text);
    button->setObjectName(name);
    return button;
}

QLabel* makeLogo(QWidget* parent)
{
    auto* logo = new QLabel(parent);
    logo->setPixmap(QIcon(QStringLiteral(":/weightroom.svg")).pixmap(QSize(kLogoSize, kLogoSize)));
    logo->setAlignment(Qt::AlignCenter);
    return logo;
}

} // namespace

WelcomePage::WelcomePage(QWidget* parent)
    : QWidget(parent)
{
    setObjectName(QStringLiteral("welcomePage"));
    auto* heading = makeHeading(tr("Welcome to Weightroom"), 1.9, this);
    heading->setAlignment(Qt::AlignCenter);
    auto* later = makeButton(tr("Not now", "button: skips the welcome"), QStringLiteral("welcomeLater"));
    later->setProperty("role", QStringLiteral("link"));
    connect(later, &QPushButton::clicked, this, &WelcomePage::laterRequested);

    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(2 * kSpace);
    layout->addStretch(2);
    layout->addWidget(makeLogo(this));
    layout->addWidget(heading);
    layout->addLayout(buildText());
    layout->addSpacing(4 * kSpace);
    layout->addLayout(buildChoices());
    layout->addSpacing(2 * kSpace);
    layout->addWidget(later, 0, Qt::AlignHCenter);
    layout->addStretch(3);
}

QHBoxLayout* WelcomePage::buildText()
{
    auto* text = makeSentenceLabel(this);
    text->setText(tr("Weightroom keeps the weights of your image models where you need them: on disk, in RAM, or on a "
                     "device, ready to use."));
    text->setAlignment(Qt::AlignCenter);
    text->setProperty("role", QStringLiteral("muted"));
    text->setMaximumWidth(kTextWidth);
    // A row of its own: an aligned item of a column would not get the height that its lines need.
    auto* row = new QHBoxLayout;
    row->addStretch();
    row->addWidget(text, 10);
    row->addStretch();
    return row;
}

QHBoxLayout* WelcomePage::buildChoices()
{
    auto* add = makeButton(tr("Add a folder\u2026", "button"), QStringLiteral("welcomeAddFolder"));
    add->setProperty("role", QStringLiteral("primary"));
    connect(add, &QPushButton::clicked, this, &WelcomePage::addFolderRequested);
    auto* samples = makeButton(tr("Make samples\u2026", "button"), QStringLiteral("welcomeSamples"));
    connect(samples, &QPushButton::clicked, this, &WelcomePage::sampleLibraryRequested);

    auto* choices = new QHBoxLayout;
    choices->setSpacing(kMargin);
    choices->addStretch();
    choices->addWidget(
        buildChoice(QStringLiteral("folder-add"), tr("I have models"),
            tr("Point Weightroom at the folder of ComfyUI, Forge or any other. Nothing in it is changed."), add),
        10);
    choices->addWidget(
        buildChoice(QStringLiteral("sparkles"), tr("I want to try it"),
            tr("Writes a small library of valid sample models, about 100 MB, into a folder that you choose."), samples),
        10);
    choices->addStretch();
    return choices;
}

QWidget* WelcomePage::buildChoice(
    const QString& iconName, const QString& title, const QString& text, QPushButton* button)
{
    auto* card = new QFrame(this);
    card->setProperty("role", QStringLiteral("card"));
    card->setMaximumWidth(kChoiceWidth);
    card->setMinimumWidth(kLeastChoiceWidth);
    auto* icon = new QLabel(card);
    icon->setPixmap(themedIcon(iconName).pixmap(QSize(28, 28), devicePixelRatioF()));
    auto* sentence = makeSentenceLabel(card);
    sentence->setText(text);
    sentence->setProperty("role", QStringLiteral("muted"));
    sentence->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    auto* layout = new QVBoxLayout(card);
    layout->setContentsMargins(4 * kSpace, 4 * kSpace, 4 * kSpace, 4 * kSpace);
    layout->setSpacing(kSpace + 2);
    layout->addWidget(icon);
    layout->addWidget(makeHeading(title, 1.15, card));
    layout->addWidget(sentence, 1);
    layout->addSpacing(kSpace);
    layout->addWidget(button);
    return card;
}

} // namespace weightroom::ui
