// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/error_view.h"

#include <QFrame>

#include <functional>

class QHBoxLayout;
class QLabel;

namespace weightroom::ui {

/// A message above the page: an error, or what was done and can be undone. A sentence, what helps, and a button that
/// closes it. Never modal.
class Banner final : public QFrame {
    Q_OBJECT
public:
    explicit Banner(QWidget* parent = nullptr);

    void showError(const ErrorView& error);
    enum class Tone : quint8 { Done = 0, Warning };
    /// What was done, or what is to be known, with one button that does something about
    /// it, if there is any: an empty text.
    void showNotice(
        const QString& sentence, const QString& button, const std::function<void()>& pressed, Tone tone = Tone::Done);
    /// Hides a message of this sentence, if no other one has taken its place.
    void takeBack(const QString& sentence);

Q_SIGNALS:
    void actionRequested(weightroom::ui::ErrorAction action, const QString& modelId);

private:
    void showActions(const ErrorView& error);
    void showAs(const char* role, const QString& icon, const QColor& color);

    QLabel* m_icon;
    QLabel* m_sentence;
    QLabel* m_advice;
    QHBoxLayout* m_actions;
};

/// Puts one button per action into a row that it empties first, and calls `chosen` when one is pressed.
void fillActionRow(QHBoxLayout& row, const QList<ErrorAction>& actions, QWidget& parent,
    const std::function<void(ErrorAction)>& chosen);

} // namespace weightroom::ui
