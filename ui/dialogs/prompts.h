// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <functional>

class QWidget;

namespace weightroom::ui {

/// What reaches the user beside the window: questions that need an answer before anything is done, and news. A seam:
/// tests answer without a dialog.
class Prompts {
public:
    /// The path as the system knows it. Not called when the user changes their mind.
    using PathAnswer = std::function<void(const QByteArray& path)>;

    /// What is asked before something is done that may lose something.
    struct Question {
        QString title;
        QString sentence;
        QString button; ///< that does it, such as "Delete"
    };

    virtual ~Prompts() = default;
    /// Returns at once; the answer comes later, on the GUI thread, while `parent` lives.
    virtual void askForFolder(QWidget* parent, const QString& title, PathAnswer answer) = 0;
    /// A file that does not exist yet: `suggestion` is its path.
    virtual void askForNewFile(
        QWidget* parent, const QString& title, const QByteArray& suggestion, PathAnswer answer) = 0;
    /// `confirmed` is not called when the user changes their mind.
    virtual void askBefore(QWidget* parent, const Question& question, std::function<void()> confirmed) = 0;
    /// Shown by the desktop, whatever window is in front; nothing happens on a desktop that shows none. Plain text.
    virtual void notify(const QString& title, const QString& text) = 0;
};

/// Asks with the desktop's own dialogs, never with a nested event loop.
class SystemPrompts final : public Prompts {
public:
    void askForFolder(QWidget* parent, const QString& title, PathAnswer answer) override;
    void askForNewFile(QWidget* parent, const QString& title, const QByteArray& suggestion, PathAnswer answer) override;
    void askBefore(QWidget* parent, const Question& question, std::function<void()> confirmed) override;
    void notify(const QString& title, const QString& text) override;
};

} // namespace weightroom::ui
