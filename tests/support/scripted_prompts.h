// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/dialogs/prompts.h"

#include <QList>

namespace weightroom::test {

/// Answers the window's questions in order; a question without an answer left is one that the user dismissed.
class ScriptedPrompts final : public ui::Prompts {
public:
    void answerNext(const QByteArray& path) { m_answers.append(path); }
    /// For the next question whether something is to be done.
    void confirmNext() { ++m_confirmations; }
    [[nodiscard]] int questions() const { return m_questions; }

    void askForFolder(QWidget*, const QString&, PathAnswer answer) override
    {
        ++m_questions;
        if (!m_answers.isEmpty())
            answer(m_answers.takeFirst());
    }

    void askForNewFile(QWidget* parent, const QString& title, const QByteArray&, PathAnswer answer) override
    {
        askForFolder(parent, title, std::move(answer));
    }

    void askBefore(QWidget*, const Question&, std::function<void()> confirmed) override
    {
        ++m_questions;
        if (m_confirmations == 0)
            return;
        --m_confirmations;
        confirmed();
    }

    void notify(const QString& title, const QString&) override { m_news.append(title); }
    [[nodiscard]] const QStringList& news() const { return m_news; } ///< titles of what the desktop was told

private:
    QList<QByteArray> m_answers;
    QStringList m_news;
    int m_confirmations = 0;
    int m_questions = 0;
};

} // namespace weightroom::test
