// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library/about_tab.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QFormLayout>
#include <QLabel>
#include <QPushButton>

namespace weightroom::ui {

AboutTab::AboutTab(QWidget* parent)
    : QScrollArea(parent)
    , m_rows(nullptr)
{
    setObjectName(QStringLiteral("aboutTab"));
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    auto* content = new QWidget(this);
    m_rows = new QFormLayout(content);
    m_rows->setContentsMargins(0, 2 * kSpace, 0, 0);
    m_rows->setHorizontalSpacing(kMargin);
    m_rows->setLabelAlignment(Qt::AlignLeft | Qt::AlignTop);
    m_rows->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    setWidget(content);
}

void AboutTab::setDetails(const ModelDetails& details)
{
    removeRows();
    for (const DetailField& field : details.fields)
        addRow(field);
    for (const QString& problem : details.problems)
        addSentence(problem, "danger");
    if (details.fields.isEmpty() && details.problems.isEmpty())
        addSentence(tr("Neither the file nor a file beside it says anything about this model."), "muted");
    if (!details.sidecars.isEmpty())
        addEditButton(details);
}

void AboutTab::clear()
{
    removeRows();
    addSentence(tr("Reading\u2026", "where details will stand"), "muted");
}

void AboutTab::addRow(const DetailField& field)
{
    auto* label = new QLabel(field.label, this);
    label->setProperty("role", QStringLiteral("muted"));
    auto* value = makeSentenceLabel(this);
    value->setText(field.value);
    QStringList sources{tr("Says %1", "tooltip: source").arg(field.source)};
    value->setToolTip(plainToolTip((sources + field.alternatives).join(QLatin1Char('\n'))));
    m_rows->addRow(label, value);
}

void AboutTab::addSentence(const QString& text, const char* role)
{
    auto* sentence = makeSentenceLabel(this);
    sentence->setText(text);
    sentence->setProperty("role", QLatin1String(role));
    m_rows->addRow(sentence);
}

void AboutTab::addEditButton(const ModelDetails& details)
{
    auto* button = new QPushButton(tr("Notes for other programs\u2026", "button"), this);
    button->setObjectName(QStringLiteral("editSidecar"));
    button->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(button, &QPushButton::clicked, this, [this, details] { Q_EMIT editRequested(details); });
    m_rows->addRow(button);
}

void AboutTab::removeRows()
{
    while (m_rows->rowCount() > 0)
        m_rows->removeRow(0);
}

} // namespace weightroom::ui
