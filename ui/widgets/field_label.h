// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

class QFormLayout;

namespace weightroom::ui {

/// What a field of a form is called. It is as high as a field of one line, so that its text stands in the middle of
/// that line: a form layout gives a plain label no more than 7/4 of its own height, from the top of the row.
class FieldLabel final : public QLabel {
    Q_OBJECT
public:
    /// `field`: one of one line, whose height it takes; borrowed.
    FieldLabel(const QString& text, const QWidget& field, QWidget* parent = nullptr);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

private:
    const QWidget& m_field;
};

/// A row of a form: the label, in the middle of the first line of the field. `line`: a field of one line; `field`
/// itself, where it is one.
void addFieldRow(QFormLayout& form, const QString& text, QWidget& field, const QWidget& line);

} // namespace weightroom::ui
