// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace weightroom::ui {

/// What the window can offer beside an error.
enum class ErrorAction : quint8 {
    None = 0,
    TryAgain,
    ShowInList,
    FreeCache,
    EditFolders,
    Rescan,
    UnloadAnyway,
    Restart
};

enum class ErrorWeight : quint8 { None = 0, Info, Warning, Error, Critical };

/// An error as the user meets it (E4): what happened, what helps. The detail is the engine's, in English, for a tooltip
/// and for a report.
struct ErrorView {
    QString sentence;
    QStringList advice;
    QList<ErrorAction> actions;
    QString detail;
    QString modelId; ///< empty when the error is about no model
    QString tried{}; ///< what was done by itself, and did not help; empty: nothing
    ErrorWeight weight = ErrorWeight::None;

    /// What was tried and what helps, in one paragraph.
    [[nodiscard]] QString help() const
    {
        QStringList sentences = advice;
        if (!tried.isEmpty())
            sentences.prepend(tried);
        return sentences.join(QLatin1Char(' '));
    }
    friend bool operator==(const ErrorView&, const ErrorView&) = default;
};

} // namespace weightroom::ui
