// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/detail_pane.h"

#include "ui/bridge/model_text.h"
#include "ui/bridge/plain_text.h"
#include "ui/bridge/units.h"
#include "ui/models/component_table_model.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QHeaderView>
#include <QStackedLayout>
#include <QTableView>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

QString parameterText(quint64 parameters)
{
    const double number = static_cast<double>(parameters);
    const QLocale locale;
    if (number >= 1e9)
        return DetailPane::tr("%1 billion parameters").arg(locale.toString(number / 1e9, 'f', 2));
    if (number >= 1e6)
        return DetailPane::tr("%1 million parameters").arg(locale.toString(number / 1e6, 'f', 1));
    return DetailPane::tr("%1 parameters", "below a million").arg(countText(parameters));
}

QString summaryOf(const ModelFacts& facts)
{
    QStringList parts{kindText(facts.kind), facts.architecture, facts.variant, facts.precision, facts.quantization,
        facts.prediction, bytesText(facts.fileBytes), parameterText(facts.parameters)};
    parts.removeAll(QString());
    return parts.join(QStringLiteral(" \u00B7 "));
}

QString evidenceOf(const ModelFacts& facts)
{
    if (facts.evidence.isEmpty())
        return DetailPane::tr("No rule recognised it: its tensors are one component.");
    const QString surety = percentText(static_cast<int>(facts.confidence * 100));
    return DetailPane::tr("Recognised by %1 (%2 sure)", "list of rules, percentage")
        .arg(facts.evidence.join(QStringLiteral("; ")), surety);
}

void setUpTable(QTableView& table, ComponentTableModel& model)
{
    table.setModel(&model);
    table.setObjectName(QStringLiteral("componentTable"));
    table.setAccessibleName(DetailPane::tr("Components", "accessible name of the table"));
    table.setSelectionMode(QAbstractItemView::NoSelection);
    table.setFocusPolicy(Qt::NoFocus);
    table.setShowGrid(false);
    table.setWordWrap(false);
    table.verticalHeader()->hide();
    table.verticalHeader()->setDefaultSectionSize(table.fontMetrics().height() + 2 * kSpace + 1);
    table.horizontalHeader()->setHighlightSections(false);
    table.horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table.horizontalHeader()->setSectionResizeMode(ComponentTableModel::NameColumn, QHeaderView::Stretch);
}

} // namespace

DetailPane::DetailPane(QWidget* parent)
    : QFrame(parent)
    , m_components(new ComponentTableModel(this))
{
    setObjectName(QStringLiteral("detailPane"));
    setProperty("role", QStringLiteral("detail"));
    auto* hint = makeSentenceLabel(this);
    hint->setText(tr("Select a model to see its components.", "where details would stand"));
    hint->setAlignment(Qt::AlignCenter);
    hint->setProperty("role", QStringLiteral("muted"));
    m_stack = new QStackedLayout(this);
    m_stack->addWidget(hint);
    m_stack->addWidget(buildContent());
}

void DetailPane::setModel(const ModelRow* row)
{
    m_row = row == nullptr ? std::nullopt : std::optional(*row);
    m_stack->setCurrentIndex(m_row ? 1 : 0);
    if (!m_row)
        return m_components->clear();
    const ModelFacts& facts = *m_row->facts;
    m_name->setData(facts.name);
    m_path->setData(facts.path);
    m_summary->setData(summaryOf(facts));
    m_evidence->setData(evidenceOf(facts));
    m_evidence->setToolTip(plainToolTip(facts.evidence.join(QLatin1Char('\n'))));
    m_remarks->setText(facts.remarks.join(QLatin1Char('\n')));
    m_components->setModel(*m_row);
    showProblem(facts);
    showFit();
}

void DetailPane::setTarget(const std::optional<MemoryView>& target)
{
    m_target = target;
    showFit();
}

void DetailPane::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    // The names of components say their kinds too, more shortly.
    constexpr int kRoomForKinds = 76;
    m_table->setColumnHidden(
        ComponentTableModel::KindColumn, width() < fontMetrics().averageCharWidth() * kRoomForKinds);
}

QWidget* DetailPane::buildContent()
{
    auto* content = new QWidget(this);
    m_name = new DataLabel(content);
    m_name->setFont(scaledFont(font(), 1.25, QFont::DemiBold));
    m_name->setObjectName(QStringLiteral("detailName"));
    m_path = new DataLabel(content);
    m_path->setProperty("role", QStringLiteral("muted"));
    m_summary = new DataLabel(content);
    m_evidence = new DataLabel(content);
    m_evidence->setProperty("role", QStringLiteral("muted"));
    m_remarks = makeSentenceLabel(content);
    m_remarks->setObjectName(QStringLiteral("detailRemarks"));
    m_fit = makeSentenceLabel(content);
    m_problem = makeSentenceLabel(content);
    m_problem->setProperty("role", QStringLiteral("danger"));
    m_problem->setObjectName(QStringLiteral("detailProblem"));
    m_table = new QTableView(content);
    setUpTable(*m_table, *m_components);

    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(kMargin + kSpace, kMargin, kMargin + kSpace, kMargin);
    layout->setSpacing(kSpace);
    for (QWidget* line :
        std::initializer_list<QWidget*>{m_name, m_path, m_summary, m_evidence, m_remarks, m_fit, m_problem})
        layout->addWidget(line);
    layout->addSpacing(kSpace);
    layout->addWidget(m_table, 1);
    // Takes the room when the table is hidden.
    layout->addStretch();
    return content;
}

void DetailPane::showFit()
{
    const bool canSay = m_row && m_target && m_row->isUsable() && !m_row->status.loadedOn.contains(m_target->id);
    m_fit->setVisible(canSay);
    if (!canSay)
        return;
    const quint64 needed = m_row->facts->componentBytes;
    const bool fits = needed <= m_target->freeBytes();
    m_fit->setText((fits ? tr("Fits on %1: needs %2, %3 are free.", "device, size, size")
                         : tr("Does not fit on %1 now: needs %2, %3 are free.", "device, size, size"))
                       .arg(m_target->id, bytesText(needed), bytesText(m_target->freeBytes())));
    m_fit->setStyleSheet(fits ? QString() : QStringLiteral("color: %1").arg(themeOf(palette()).warning.name()));
}

void DetailPane::showProblem(const ModelFacts& facts)
{
    const bool hasProblem = facts.problem.has_value();
    m_problem->setVisible(hasProblem);
    for (QWidget* part : std::initializer_list<QWidget*>{m_summary, m_evidence, m_table})
        part->setVisible(!hasProblem);
    m_remarks->setVisible(!hasProblem && !facts.remarks.isEmpty());
    if (!hasProblem)
        return;
    m_problem->setText(facts.problem->sentence + QLatin1Char('\n') + facts.problem->advice.join(QLatin1Char(' ')));
    m_problem->setToolTip(plainToolTip(facts.problem->detail));
}

} // namespace weightroom::ui
