// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/error_view.h"

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
    /// What was done, with one button that does something about it, if there is any: an empty text.
    void showNotice(const QString& sentence, const QString& button, const std::function<void()>& pressed);

Q_SIGNALS:
    void actionRequested(weightroom::ui::ErrorAction action, const QString& modelId);

private:
    void showActions(const ErrorView& error);
    void showAs(const char* role);

    QLabel* m_icon;
    QLabel* m_sentence;
    QLabel* m_advice;
    QHBoxLayout* m_actions;
};

/// Puts one button per action into a row that it empties first, and calls `chosen` when one is pressed.
void fillActionRow(QHBoxLayout& row, const QList<ErrorAction>& actions, QWidget& parent,
    const std::function<void(ErrorAction)>& chosen);

} // namespace weightroom::ui
