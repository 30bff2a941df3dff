// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library/detail_title.h"

#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QHBoxLayout>
#include <QToolButton>

namespace weightroom::ui {
namespace {

void showFlag(QToolButton& button, const QString& icon, const QString& tip)
{
    button.setIcon(themedIcon(icon));
    button.setToolTip(tip);
    button.setAccessibleName(tip);
}

} // namespace

DetailTitle::DetailTitle(QWidget* parent)
    : QWidget(parent)
    , m_name(new DataLabel(this))
    , m_favorite(makeButton(QStringLiteral("favoriteButton"), kFavoriteFlag))
    , m_pin(makeButton(QStringLiteral("pinButton"), kPinFlag))
{
    m_name->setFont(scaledFont(font(), 1.25, QFont::DemiBold));
    m_name->setObjectName(QStringLiteral("detailName"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_name, 1);
    layout->addWidget(m_pin);
    layout->addWidget(m_favorite);
}

void DetailTitle::setModel(const ModelRow& row)
{
    m_row = row;
    m_name->setData(row.facts->name);
    const bool isFavorite = row.isFavorite();
    showFlag(*m_favorite, isFavorite ? QStringLiteral("star-filled") : QStringLiteral("star"),
        isFavorite ? tr("Take out of the favourites") : tr("Add to the favourites"));
    const bool isPinned = row.isPinned();
    showFlag(*m_pin, isPinned ? QStringLiteral("pin-filled") : QStringLiteral("pin"),
        isPinned ? tr("Let it leave the RAM cache when others need the room")
                 : tr("Keep it in the RAM cache, even when others need the room"));
    m_pin->setVisible(row.isUsable());
}

QToolButton* DetailTitle::makeButton(const QString& name, const ModelFlag& flag)
{
    auto* button = new QToolButton(this);
    button->setObjectName(name);
    button->setProperty("role", QStringLiteral("plain"));
    connect(button, &QToolButton::clicked, this, [this, flag] {
        NotesChange change;
        change.*flag.change = !((*m_row).*flag.isSet)();
        Q_EMIT changed(change);
    });
    return button;
}

} // namespace weightroom::ui
