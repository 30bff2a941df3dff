// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/operation_view.h"

#include <QList>
#include <QWidget>

class QFormLayout;
class QLabel;
class QLineEdit;

namespace weightroom::ui {

class WheelGuard;

/// An editor for each field of an operation, made from what is declared of it. It judges nothing of what is typed.
class OperationForm final : public QWidget {
    Q_OBJECT
public:
    explicit OperationForm(const OperationView& operation, QWidget* parent = nullptr);

    [[nodiscard]] OperationInput input() const;
    /// Puts a text into a required field that the user has left alone; nothing where there is no such field.
    void suggest(const QString& field, const QString& text);
    /// Says below a field what is wrong with it, and gives it the focus. The field; nullptr: there is none of that
    /// name.
    QWidget* showProblem(const QString& field, const QString& sentence);
    void clearProblems();
    void focusFirst();

private:
    struct Row {
        QString name;
        QWidget* editor = nullptr;
        QLabel* problem = nullptr; ///< hidden while there is none
        bool isRequired = false;
        QString suggested{};
    };

    void arrange();
    void addRow(const OperationFieldView& field, const QString& label);

    QFormLayout* m_layout;
    QLineEdit* m_line; ///< never shown: as high as one line of an editor
    WheelGuard* m_wheel;
    QList<Row> m_rows;
};

} // namespace weightroom::ui
