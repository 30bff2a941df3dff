// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

class QHBoxLayout;
class QLabel;
class QPushButton;

namespace weightroom::ui {

enum class ButtonRank : quint8 { Normal = 0, Primary };

/// What stands where there is nothing to show: why, and what to do about it.
class EmptyState final : public QWidget {
    Q_OBJECT
public:
    EmptyState(const QString& iconName, const QString& title, const QString& text, QWidget* parent = nullptr);

    QPushButton* addButton(const QString& text, ButtonRank rank);

protected:
    void changeEvent(QEvent* event) override;

private:
    void drawIcon();

    QString m_iconName;
    QLabel* m_icon;
    QHBoxLayout* m_buttons;
};

} // namespace weightroom::ui
