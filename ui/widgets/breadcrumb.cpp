// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/breadcrumb.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/style/theme.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>

#include <algorithm>
#include <numeric>

namespace weightroom::ui {
namespace {

constexpr int kLeastWidth = 80;

/// The greatest width that each name may have so that together they need no more than `room`.
int widestAllowed(QList<int> widths, int room)
{
    std::ranges::sort(widths);
    int left = std::max(room, 0);
    for (qsizetype done = 0; done < widths.size(); ++done) {
        const int fairShare = left / static_cast<int>(widths.size() - done);
        if (widths[done] > fairShare)
            return fairShare;
        left -= widths[done];
    }
    return room;
}

/// An ampersand in a name is no shortcut.
QString buttonText(QString name) { return name.replace(QLatin1Char('&'), QLatin1String("&&")); }

} // namespace

Breadcrumb::Breadcrumb(QWidget* parent)
    : QWidget(parent)
    , m_row(new QHBoxLayout(this))
{
    m_row->setContentsMargins(0, 0, 0, 0);
    m_row->setSpacing(0);
    m_row->setSizeConstraint(QLayout::SetNoConstraint);
    m_row->addStretch();
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAccessibleName(tr("Where you are", "accessible name of a row of names"));
}

void Breadcrumb::setSteps(const QStringList& labels)
{
    QStringList steps;
    for (const QString& label : labels)
        steps.append(plainText(label));
    if (steps == m_steps)
        return;
    m_steps = steps;
    // Buttons stay: the one that was pressed keeps the focus.
    while (m_buttons.size() < m_steps.size())
        addButton();
    while (m_buttons.size() > m_steps.size())
        removeButton();
    for (QToolButton* button : std::as_const(m_buttons)) {
        const bool isLast = button == m_buttons.last();
        button->setFont(scaledFont(font(), 1, isLast ? QFont::DemiBold : QFont::Normal));
        button->setAccessibleDescription(isLast ? tr("You are here", "accessible text of a name in a row") : QString());
    }
    cutNames();
    updateGeometry();
}

QSize Breadcrumb::sizeHint() const
{
    return {m_wholeWidth, m_buttons.isEmpty() ? 0 : m_buttons.first()->sizeHint().height()};
}

QSize Breadcrumb::minimumSizeHint() const { return {std::min(kLeastWidth, m_wholeWidth), sizeHint().height()}; }

void Breadcrumb::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    cutNames();
}

void Breadcrumb::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() != QEvent::FontChange && event->type() != QEvent::StyleChange)
        return;
    cutNames();
    updateGeometry();
}

void Breadcrumb::addButton()
{
    const auto depth = static_cast<int>(m_buttons.size());
    if (depth > 0) {
        auto* separator = new QLabel(QStringLiteral("\u203A"), this);
        separator->setTextFormat(Qt::PlainText);
        separator->setProperty("role", QStringLiteral("muted"));
        m_row->insertWidget(m_row->count() - 1, separator);
        m_separators.append(separator);
    }
    auto* button = new QToolButton(this);
    button->setAutoRaise(true);
    button->setProperty("role", QStringLiteral("plain"));
    button->setFocusPolicy(Qt::StrongFocus);
    connect(button, &QToolButton::clicked, this, [this, depth] { Q_EMIT stepChosen(depth); });
    m_row->insertWidget(m_row->count() - 1, button);
    m_buttons.append(button);
}

void Breadcrumb::removeButton()
{
    QList<QWidget*> gone{m_buttons.takeLast()};
    if (!m_separators.isEmpty())
        gone.append(m_separators.takeLast());
    for (QWidget* widget : std::as_const(gone)) {
        m_row->removeWidget(widget);
        widget->hide();
        widget->deleteLater(); // it may be what is being pressed
    }
}

QList<int> Breadcrumb::showWholeNames()
{
    QList<int> widths;
    for (qsizetype depth = 0; depth < m_buttons.size(); ++depth) {
        QToolButton* button = m_buttons[depth];
        button->setText(buttonText(m_steps[depth]));
        button->setAccessibleName(m_steps[depth]);
        button->setToolTip({});
        widths.append(button->fontMetrics().horizontalAdvance(m_steps[depth]));
    }
    return widths;
}

void Breadcrumb::cutNames()
{
    const QList<int> widths = showWholeNames();
    m_wholeWidth = 0;
    for (const QToolButton* button : std::as_const(m_buttons))
        m_wholeWidth += button->sizeHint().width();
    for (const QLabel* separator : std::as_const(m_separators))
        m_wholeWidth += separator->sizeHint().width();
    const int besideNames = m_wholeWidth - std::accumulate(widths.begin(), widths.end(), 0);
    const int widest = widestAllowed(widths, width() - besideNames);
    for (qsizetype depth = 0; depth < m_buttons.size(); ++depth) {
        if (widths[depth] <= widest)
            continue;
        QToolButton* button = m_buttons[depth];
        button->setText(buttonText(button->fontMetrics().elidedText(m_steps[depth], Qt::ElideMiddle, widest)));
        button->setToolTip(plainToolTip(m_steps[depth]));
    }
}

} // namespace weightroom::ui
