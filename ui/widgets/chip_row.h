// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QSet>
#include <QString>
#include <QWidget>

class QToolButton;

namespace weightroom::ui {

/// Small buttons that stay pressed: a choice of several words out of a few, as a filter. Nothing pressed: no filter.
class ChipRow final : public QWidget {
    Q_OBJECT
public:
    explicit ChipRow(QWidget* parent = nullptr);

    /// The words to choose from, in this order. What is pressed and still there stays pressed; what is pressed and gone
    /// is told by chosenChanged(). Hidden with less than two words: there is nothing to choose.
    void setWords(const QStringList& words);
    [[nodiscard]] const QSet<QString>& chosen() const { return m_chosen; }
    void clearChosen();

Q_SIGNALS:
    void chosenChanged();

private:
    void toggle(const QString& word, Qt::CheckState state);

    QStringList m_words;
    QSet<QString> m_chosen;
};

} // namespace weightroom::ui
