// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QHBoxLayout;
class QPushButton;

namespace weightroom::ui {

/// What a new user sees: what the program is for, and two ways to begin. A page, not a dialog.
class WelcomePage final : public QWidget {
    Q_OBJECT
public:
    explicit WelcomePage(QWidget* parent = nullptr);

Q_SIGNALS:
    void addFolderRequested();
    void sampleLibraryRequested();
    void laterRequested();

private:
    [[nodiscard]] QHBoxLayout* buildText();
    [[nodiscard]] QHBoxLayout* buildChoices();
    [[nodiscard]] QWidget* buildChoice(
        const QString& iconName, const QString& title, const QString& text, QPushButton* button);
};

} // namespace weightroom::ui
