// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/operation_view.h"

#include <QWidget>

class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace weightroom::ui {

/// The answer of an operation: JSON that can be read, searched by eye and copied whole, however much of it is shown.
class AnswerView final : public QWidget {
    Q_OBJECT
public:
    explicit AnswerView(QWidget* parent = nullptr);

    /// `caption`: what stands above it.
    void setAnswer(const OperationAnswer& answer, const QString& caption);
    void clear();

private:
    QLabel* m_caption;
    QPushButton* m_copy;
    QPlainTextEdit* m_text;
    QLabel* m_cut;
    QByteArray m_whole;
};

} // namespace weightroom::ui
