// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/error_view.h"

#include <QFrame>

#include <functional>

class QHBoxLayout;
class QLabel;

namespace weightroom::ui {

/// An error that no job tells of, above the page: a sentence, what helps, and a button that closes it. Never modal.
class Banner final : public QFrame {
    Q_OBJECT
public:
    explicit Banner(QWidget* parent = nullptr);

    void showError(const ErrorView& error);

Q_SIGNALS:
    void actionRequested(weightroom::ui::ErrorAction action, const QString& modelId);

private:
    void showActions(const ErrorView& error);

    QLabel* m_icon;
    QLabel* m_sentence;
    QLabel* m_advice;
    QHBoxLayout* m_actions;
};

/// Puts one button per action into a row that it empties first, and calls `chosen` when one is pressed.
void fillActionRow(QHBoxLayout& row, const QList<ErrorAction>& actions, QWidget& parent,
    const std::function<void(ErrorAction)>& chosen);

} // namespace weightroom::ui
