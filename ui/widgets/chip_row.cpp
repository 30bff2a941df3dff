// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/chip_row.h"

#include "ui/style/theme.h"
#include "ui/widgets/flow_layout.h"

#include <QToolButton>

namespace weightroom::ui {

ChipRow::ChipRow(QWidget* parent)
    : QWidget(parent)
{
    auto* layout = new FlowLayout(kSpace + 2, this);
    layout->setContentsMargins(kMargin, 2 * kSpace, kMargin, 2 * kSpace);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    hide();
}

void ChipRow::setWords(const QStringList& words)
{
    if (words == m_words)
        return;
    m_words = words;
    while (QLayoutItem* item = layout()->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    for (const QString& word : words) {
        auto* chip = new QToolButton(this);
        // Words come from tables of ours; an ampersand in one would still be a shortcut.
        chip->setText(QString(word).replace(QLatin1Char('&'), QLatin1String("&&")));
        chip->setCheckable(true);
        chip->setChecked(m_chosen.contains(word));
        chip->setProperty("role", QStringLiteral("chip"));
        chip->setFocusPolicy(Qt::StrongFocus);
        chip->setAccessibleName(tr("Only %1", "accessible name of a filter").arg(word));
        connect(chip, &QToolButton::toggled, this,
            [this, word](bool isOn) { toggle(word, isOn ? Qt::Checked : Qt::Unchecked); });
        layout()->addWidget(chip);
    }
    setVisible(words.size() > 1);
    const QSet<QString> still = QSet<QString>(words.begin(), words.end()) & m_chosen;
    if (still == m_chosen)
        return;
    m_chosen = still;
    Q_EMIT chosenChanged();
}

void ChipRow::clearChosen()
{
    for (QToolButton* chip : findChildren<QToolButton*>())
        chip->setChecked(false);
}

void ChipRow::toggle(const QString& word, Qt::CheckState state)
{
    if (state == Qt::Checked)
        m_chosen.insert(word);
    else
        m_chosen.remove(word);
    Q_EMIT chosenChanged();
}

} // namespace weightroom::ui
