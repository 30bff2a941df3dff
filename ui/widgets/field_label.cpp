// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/field_label.h"

#include <QFormLayout>

#include <algorithm>

namespace weightroom::ui {

FieldLabel::FieldLabel(const QString& text, const QWidget& field, QWidget* parent)
    : QLabel(text, parent)
    , m_field(field)
{
    // Never higher, however high the row is.
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QSize FieldLabel::sizeHint() const
{
    const QSize own = QLabel::sizeHint();
    return {own.width(), std::max(own.height(), m_field.sizeHint().height())};
}

QSize FieldLabel::minimumSizeHint() const { return {QLabel::minimumSizeHint().width(), sizeHint().height()}; }

void addFieldRow(QFormLayout& form, const QString& text, QWidget& field, const QWidget& line)
{
    auto* label = new FieldLabel(text, line);
    label->setBuddy(&field);
    form.addRow(label, &field);
}

} // namespace weightroom::ui
