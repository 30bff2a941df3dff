// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library/detail_pane.h"

#include "ui/bridge/preview_loader.h"
#include "ui/bridge/text/model_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"
#include "ui/models/component_table_model.h"
#include "ui/pages/library/about_tab.h"
#include "ui/pages/library/detail_title.h"
#include "ui/pages/library/loads_tab.h"
#include "ui/pages/library/notes_tab.h"
#include "ui/pages/library/works_with_tab.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/detail_table.h"
#include "ui/widgets/picture.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QScrollArea>
#include <QStackedLayout>
#include <QStyle>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

/// Who walks through the list with the arrow keys does not make the engine read each header.
constexpr int kPreviewDelayMs = 150;

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

QString summaryOf(const ModelRow& row)
{
    const ModelFacts& facts = *row.facts;
    QStringList parts{kindText(row.kind()), row.architecture(), facts.variant, facts.precision, facts.quantization,
        row.prediction(), bytesText(facts.fileBytes), parameterText(facts.parameters)};
    parts.removeAll(QString());
    return parts.join(QStringLiteral(" \u00B7 "));
}

/// Why the identification says what it says, a rule a line.
QString evidenceOf(const ModelFacts& facts)
{
    if (facts.evidence.isEmpty() || facts.confidence <= 0)
        return DetailPane::tr("No rule recognised it: its tensors are one component.");
    const QString surety = DetailPane::tr("Recognised, %1 sure, by:", "percentage")
                               .arg(percentText(static_cast<int>(facts.confidence * 100)));
    return surety + QLatin1Char('\n') + facts.evidence.join(QLatin1Char('\n'));
}

/// What is special about the model, a sentence a line.
QString remarksOf(const ModelRow& row)
{
    QStringList remarks = row.facts->remarks;
    for (const Finding finding : row.findings)
        remarks.append(findingSentence(finding));
    if (row.notes && (row.notes->kind != ModelKind::Unknown || !row.notes->architectureId.isEmpty()))
        remarks.append(DetailPane::tr("You have said what it is; what was detected stands under \"Why\"."));
    remarks.append(loadedUntilTexts(row.status) + conversionTexts(row.status));
    remarks.removeAll(QString());
    return remarks.join(QLatin1Char('\n'));
}

void setUpTable(QTableView& table, ComponentTableModel& model)
{
    table.setModel(&model);
    table.setObjectName(QStringLiteral("componentTable"));
    table.setAccessibleName(DetailPane::tr("Components", "accessible name of the table"));
    table.setSelectionMode(QAbstractItemView::NoSelection);
    table.setFocusPolicy(Qt::NoFocus);
    setUpDetailTable(table);
    table.horizontalHeader()->setSectionResizeMode(ComponentTableModel::NameColumn, QHeaderView::Stretch);
}

} // namespace

DetailPane::DetailPane(PreviewLoader& previews, QWidget* parent)
    : QFrame(parent)
    , m_previews(previews)
    , m_components(new ComponentTableModel(this))
    , m_tabs(new QTabWidget(this))
    , m_table(new QTableView(this))
    , m_why(new QScrollArea(this))
    , m_evidence(makeSentenceLabel(this))
    , m_about(new AboutTab(this))
    , m_notes(new NotesTab(this))
    , m_worksWith(new WorksWithTab(this))
    , m_loads(new LoadsTab(this))
{
    setObjectName(QStringLiteral("detailPane"));
    setProperty("role", QStringLiteral("detail"));
    m_hint = makeSentenceLabel(this);
    m_hint->setAlignment(Qt::AlignCenter);
    m_hint->setProperty("role", QStringLiteral("muted"));
    m_stack = new QStackedLayout(this);
    m_stack->addWidget(m_hint);
    m_stack->addWidget(buildContent());
    connect(m_worksWith, &WorksWithTab::chosen, this, &DetailPane::modelChosen);
    connect(m_notes, &NotesTab::changed, this, &DetailPane::notesChanged);
    connect(m_about, &AboutTab::editRequested, this, &DetailPane::sidecarEditRequested);
    connect(m_tabs, &QTabWidget::currentChanged, this, &DetailPane::requestDetails);
    m_previewTimer.setSingleShot(true);
    m_previewTimer.setInterval(kPreviewDelayMs);
    connect(&m_previewTimer, &QTimer::timeout, this, &DetailPane::requestPreview);
    connect(&m_previews, &PreviewLoader::changed, this, [this](const QString& modelId) {
        if (m_row && m_row->facts->id == modelId)
            showPicture();
    });
}

void DetailPane::setModel(const ModelRow* row, int selected)
{
    m_hint->setText(selected > 1 ? tr("%n models are selected.", "where details would stand", selected)
                                 : tr("Select a model to see its components.", "where details would stand"));
    // Twenty times a second while another model is loaded.
    if (row != nullptr && m_row && *m_row == *row)
        return;
    const QString before = m_row ? m_row->facts->id : QString();
    if (m_row && row != nullptr && m_row->status != row->status)
        m_recordsOf.clear();
    m_row = row == nullptr ? std::nullopt : std::optional(*row);
    m_stack->setCurrentIndex(m_row ? 1 : 0);
    if (!m_row) {
        m_notes->commit();
        return m_components->clear();
    }
    if (m_row->facts->id != before) {
        m_detailsOf.clear();
        m_compatibilityOf.clear();
        m_recordsOf.clear();
        m_about->clear();
        m_worksWith->clear();
        m_loads->clear();
        showPicture();
    }
    showTexts();
    m_components->setModel(*m_row);
    m_notes->setModel(*m_row);
    showProblem(*m_row->facts);
    showFit();
    requestDetails();
}

void DetailPane::setDetails(const ModelDetails& details)
{
    if (m_row && m_row->facts->id == details.modelId)
        m_about->setDetails(details);
}

void DetailPane::setCompatibility(const CompatibilityView& compatibility)
{
    if (m_row && m_row->facts->id == compatibility.modelId)
        m_worksWith->setCompatibility(compatibility);
}

void DetailPane::setLoadRecords(const LoadRecordsView& records)
{
    if (m_row && m_row->facts->id == records.modelId)
        m_loads->setRecords(records);
}

void DetailPane::takeBackNotes(const QString& modelId, const NotesChange& change)
{
    if (m_row && m_row->facts->id == modelId)
        m_notes->takeBack(*m_row, change);
}

void DetailPane::loadHasEnded(const QString& modelId)
{
    if (!m_row || (!modelId.isEmpty() && modelId != m_row->facts->id))
        return;
    m_recordsOf.clear();
    requestDetails();
}

void DetailPane::setTarget(const std::optional<MemoryView>& target)
{
    if (m_target == target)
        return;
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
    m_picture = new Picture(content);
    m_picture->setObjectName(QStringLiteral("detailPicture"));
    m_title = new DetailTitle(content);
    connect(m_title, &DetailTitle::changed, this,
        [this](const NotesChange& change) { Q_EMIT notesChanged(m_row->facts->id, change); });
    m_path = new DataLabel(content);
    m_path->setProperty("role", QStringLiteral("muted"));
    m_summary = new DataLabel(content);
    m_remarks = makeSentenceLabel(content);
    m_remarks->setObjectName(QStringLiteral("detailRemarks"));
    m_fit = makeSentenceLabel(content);
    m_fit->setObjectName(QStringLiteral("detailFit"));
    m_problem = makeSentenceLabel(content);
    m_problem->setProperty("role", QStringLiteral("danger"));
    m_problem->setObjectName(QStringLiteral("detailProblem"));
    buildTabs();

    auto* texts = new QVBoxLayout;
    texts->setSpacing(kSpace);
    texts->addWidget(m_title);
    for (QWidget* line : std::initializer_list<QWidget*>{m_path, m_summary, m_remarks, m_fit, m_problem})
        texts->addWidget(line);
    texts->addWidget(m_tabs, 1);
    auto* layout = new QHBoxLayout(content);
    layout->setContentsMargins(kMargin + kSpace, kMargin, kMargin + kSpace, kMargin);
    layout->setSpacing(kMargin);
    layout->addWidget(m_picture);
    layout->addLayout(texts, 1);
    return content;
}

void DetailPane::buildTabs()
{
    setUpTable(*m_table, *m_components);
    m_evidence->setObjectName(QStringLiteral("detailEvidence"));
    m_evidence->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_evidence->setContentsMargins(0, 2 * kSpace, 0, 0);
    m_why->setWidgetResizable(true);
    m_why->setFrameShape(QFrame::NoFrame);
    m_why->setWidget(m_evidence);
    m_tabs->setObjectName(QStringLiteral("detailTabs"));
    m_tabs->setDocumentMode(true);
    m_tabs->addTab(m_table, tr("Components", "tab"));
    m_tabs->addTab(m_about, tr("About", "tab: what others say about a model"));
    m_tabs->addTab(m_worksWith, tr("Works with", "tab"));
    m_tabs->addTab(m_notes, tr("Notes", "tab: what the user says about a model"));
    m_tabs->addTab(m_loads, tr("Loads", "tab: how loads of a model went"));
    m_tabs->addTab(m_why, tr("Why", "tab: why a model is taken for what it is"));
}

void DetailPane::showTexts()
{
    const ModelFacts& facts = *m_row->facts;
    m_title->setModel(*m_row);
    m_path->setData(facts.path);
    m_summary->setData(summaryOf(*m_row));
    m_evidence->setText(evidenceOf(facts));
    const QString remarks = remarksOf(*m_row);
    m_remarks->setText(remarks);
    m_remarks->setVisible(!remarks.isEmpty());
}

void DetailPane::showPicture() { m_picture->setImage(m_previews.preview(m_row->facts->id, m_row->facts->systemPath)); }

void DetailPane::requestDetails()
{
    if (!m_row)
        return;
    const QString& id = m_row->facts->id;
    const QWidget* tab = m_tabs->currentWidget();
    if (tab == m_about && std::exchange(m_detailsOf, id) != id)
        Q_EMIT detailsRequested(id);
    if (tab == m_worksWith && std::exchange(m_compatibilityOf, id) != id)
        Q_EMIT compatibilityRequested(id);
    if (tab == m_loads && std::exchange(m_recordsOf, id) != id)
        Q_EMIT loadRecordsRequested(id);
}

void DetailPane::showFit()
{
    const bool canSay = m_row && m_target && m_row->isUsable() && !m_row->status.loadedOn.contains(m_target->id);
    m_fit->setVisible(canSay);
    if (!canSay)
        return;
    m_previewTimer.start();
    // The engine knows of equal contents, of the cache and of the time too; until it has answered, what is known here.
    if (m_previewOf == std::pair(m_row->facts->id, m_target->id))
        return;
    m_previewOf = {};
    m_fit->setToolTip({});
    const quint64 needed = m_row->facts->componentBytes;
    const bool fits = needed <= m_target->freeBytes();
    showFit((fits ? tr("Fits on %1: needs %2, %3 are free.", "device, size, size")
                  : tr("Does not fit on %1 now: needs %2, %3 are free.", "device, size, size"))
                .arg(m_target->id, bytesText(needed), bytesText(m_target->freeBytes())),
        fits);
}

void DetailPane::showFit(const QString& text, bool fits)
{
    m_fit->setText(text);
    const QString role = fits ? QString() : QStringLiteral("warning");
    if (m_fit->property("role").toString() == role)
        return;
    m_fit->setProperty("role", role);
    style()->unpolish(m_fit);
    style()->polish(m_fit);
}

void DetailPane::requestPreview()
{
    if (m_row && m_target)
        Q_EMIT loadPreviewRequested(m_row->facts->id, m_target->id);
}

void DetailPane::setLoadPreview(const LoadPreviewView& preview)
{
    const bool isShown = m_row && m_target && m_row->facts->id == preview.modelId && m_target->id == preview.deviceId;
    if (!isShown)
        return;
    m_previewOf = {preview.modelId, preview.deviceId};
    showFit(preview.text, preview.fits && preview.fitsCache);
    m_fit->setToolTip(plainToolTip(preview.evictionText));
}

void DetailPane::showProblem(const ModelFacts& facts)
{
    const bool hasProblem = facts.problem.has_value();
    m_problem->setVisible(hasProblem);
    m_summary->setVisible(!hasProblem);
    for (QWidget* tab : std::initializer_list<QWidget*>{m_table, m_worksWith, m_loads, m_why})
        m_tabs->setTabVisible(m_tabs->indexOf(tab), !hasProblem);
    if (!hasProblem)
        return;
    m_problem->setText(facts.problem->sentence + QLatin1Char('\n') + facts.problem->advice.join(QLatin1Char(' ')));
    m_problem->setToolTip(plainToolTip(facts.problem->detail));
}

} // namespace weightroom::ui
