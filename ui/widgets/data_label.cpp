// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/data_label.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/style/theme.h"

#include <QPaintEvent>
#include <QStyleOption>
#include <QStylePainter>

namespace weightroom::ui {

DataLabel::DataLabel(QWidget* parent)
    : QLabel(parent)
{
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void DataLabel::setData(const QString& text)
{
    const QString plain = plainText(text);
    if (plain == this->text())
        return;
    setText(plain);
    setToolTip(plainToolTip(plain));
}

QSize DataLabel::sizeHint() const
{
    const QMargins margins = contentsMargins();
    return {fontMetrics().horizontalAdvance(text()) + margins.left() + margins.right() + 1,
        fontMetrics().height() + margins.top() + margins.bottom()};
}

QSize DataLabel::minimumSizeHint() const
{
    constexpr int kLeastCharacters = 6;
    return {fontMetrics().averageCharWidth() * kLeastCharacters, sizeHint().height()};
}

bool DataLabel::event(QEvent* event)
{
    // What stands there whole needs no tooltip.
    const bool isWhole = contentsRect().width() >= fontMetrics().horizontalAdvance(text());
    if (event->type() == QEvent::ToolTip && isWhole)
        return true;
    return QLabel::event(event);
}

void DataLabel::paintEvent(QPaintEvent*)
{
    QStylePainter painter(this);
    QStyleOption option;
    option.initFrom(this);
    painter.drawPrimitive(QStyle::PE_Widget, option);
    const QRect area = contentsRect();
    const QString shown = fontMetrics().elidedText(text(), Qt::ElideMiddle, area.width());
    painter.drawItemText(
        area, static_cast<int>(alignment()) | Qt::TextSingleLine, option.palette, isEnabled(), shown, foregroundRole());
}

QLabel* makeSentenceLabel(QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QLabel* makeHeading(const QString& text, double scale, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setFont(scaledFont(label->font(), scale, QFont::DemiBold));
    return label;
}

} // namespace weightroom::ui
