// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library/library_page.h"

#include "ui/bridge/preview_loader.h"
#include "ui/delegates/tree_count_delegate.h"
#include "ui/models/library_tree_model.h"
#include "ui/models/model_filter_proxy.h"
#include "ui/models/model_table_model.h"
#include "ui/pages/library/detail_pane.h"
#include "ui/pages/library/library_header.h"
#include "ui/style/theme.h"
#include "ui/widgets/chip_row.h"
#include "ui/widgets/empty_state.h"

#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace weightroom::ui {
namespace {

enum StackPage { ModelsPage = 0, EmptyPage, NoMatchPage, ScanningPage };

/// In the order of how many models have them; more are found by the search.
constexpr qsizetype kMostChips = 14;

constexpr int kTreeWidth = 190;

/// Whether the tree and the chips look the same, whatever the states of the models are.
bool hasSameParts(const QList<ModelRow>& before, const QList<ModelRow>& after)
{
    return std::ranges::equal(before, after, [](const ModelRow& left, const ModelRow& right) {
        return left.facts == right.facts && left.notes == right.notes && left.findings == right.findings;
    });
}

} // namespace

LibraryPage::LibraryPage(QWidget* parent)
    : QWidget(parent)
    , m_model(new ModelTableModel(this))
    , m_proxy(new ModelFilterProxy(this))
    , m_treeModel(new LibraryTreeModel(this))
    , m_previews(new PreviewLoader(this))
    , m_header(new LibraryHeader(this))
    , m_tree(new QTreeView(this))
    , m_chips(new ChipRow(this))
    , m_stack(new QStackedWidget(this))
    , m_details(new DetailPane(*m_previews, this))
{
    m_proxy->setSourceModel(m_model);
    m_views = new ModelViews(*m_proxy, *m_previews, this);
    buildTree();
    m_stack->addWidget(m_views);
    m_stack->addWidget(buildEmptyLibrary());
    m_stack->addWidget(buildNoMatch());
    m_stack->addWidget(new EmptyState(QStringLiteral("search"), tr("Looking for models\u2026"),
        tr("Only the headers of the files are read. The list fills when the scan has finished."), this));

    auto* models = new QWidget(this);
    auto* column = new QVBoxLayout(models);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_chips);
    column->addWidget(m_stack, 1);
    auto* rows = new QSplitter(Qt::Vertical, this);
    rows->addWidget(models);
    rows->addWidget(m_details);
    rows->setStretchFactor(0, 1);
    rows->setStretchFactor(1, 1);
    auto* columns = new QSplitter(Qt::Horizontal, this);
    columns->addWidget(m_tree);
    columns->addWidget(rows);
    columns->setStretchFactor(1, 1);
    columns->setSizes({kTreeWidth, 4 * kTreeWidth});
    for (QSplitter* splitter : {rows, columns}) {
        splitter->setChildrenCollapsible(false);
        splitter->setHandleWidth(1);
    }
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_header);
    layout->addWidget(columns, 1);
    setFocusProxy(m_views);
    connectFilters();
    connectSelection();
    updateState();
}

void LibraryPage::setLibrary(const LibraryView& library)
{
    m_model->setRows(library.models);
    // Twenty times a second while something is loaded: then nothing but states has changed.
    QStringList folders;
    for (const FolderView& folder : library.folders)
        folders.append(folder.text);
    if (!hasSameParts(m_shown, library.models) || folders != m_folders) {
        m_shown = library.models;
        m_folders = folders;
        fillTree();
        fillChips();
    }
    updateState();
    showDetails();
}

void LibraryPage::setProgress(const QString& modelId, int percent) { m_model->setProgress(modelId, percent); }

void LibraryPage::setScanState(ScanState state)
{
    m_isScanning = state == ScanState::Running;
    // Files were looked for anew: a preview may have come too.
    if (!m_isScanning)
        m_previews->lookAgain();
    updateState();
}

void LibraryPage::setTarget(const std::optional<MemoryView>& target) { m_details->setTarget(target); }

void LibraryPage::setDetails(const ModelDetails& details) { m_details->setDetails(details); }

void LibraryPage::setLoadPreview(const LoadPreviewView& preview) { m_details->setLoadPreview(preview); }

void LibraryPage::setLoadRecords(const LoadRecordsView& records) { m_details->setLoadRecords(records); }

void LibraryPage::takeBackNotes(const QString& modelId, const NotesChange& change)
{
    m_details->takeBackNotes(modelId, change);
}

void LibraryPage::loadHasEnded(const QString& modelId) { m_details->loadHasEnded(modelId); }

void LibraryPage::setCompatibility(const CompatibilityView& compatibility)
{
    m_details->setCompatibility(compatibility);
}

QList<ModelRow> LibraryPage::selectedModels() const
{
    QList<ModelRow> rows;
    for (const QString& id : m_views->selectedIds()) {
        if (const ModelRow* row = m_model->find(id))
            rows.append(*row);
    }
    return rows;
}

bool LibraryPage::isBusy(const QString& modelId) const
{
    return m_model->indexOf(modelId).data(ModelTableModel::PercentRole).toInt() >= 0;
}

void LibraryPage::showModel(const QString& modelId)
{
    const QModelIndex source = m_model->indexOf(modelId);
    if (!source.isValid())
        return;
    if (!m_proxy->mapFromSource(source).isValid())
        clearSearch();
    m_views->show(m_proxy->mapFromSource(source));
}

void LibraryPage::setContextActions(const QList<QAction*>& actions) { m_views->setContextActions(actions); }

void LibraryPage::setViewMode(ViewMode mode)
{
    m_header->setViewMode(mode);
    m_views->setMode(mode);
    Q_EMIT viewModeChanged();
}

void LibraryPage::focusSearch() { m_header->focusSearch(); }

void LibraryPage::clearSearch()
{
    m_header->clear();
    m_chips->clearChosen();
    m_tree->setCurrentIndex(m_treeModel->index(0, 0));
    m_views->setFocus();
}

void LibraryPage::buildTree()
{
    m_tree->setModel(m_treeModel);
    m_tree->setObjectName(QStringLiteral("libraryTree"));
    m_tree->setAccessibleName(tr("Parts of the library", "accessible name of the tree"));
    m_tree->setItemDelegate(new TreeCountDelegate(LibraryTreeModel::CountRole, m_tree));
    m_tree->setHeaderHidden(true);
    m_tree->setRootIsDecorated(false);
    m_tree->setItemsExpandable(false);
    m_tree->setIndentation(0);
    m_tree->setExpandsOnDoubleClick(false);
    m_tree->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_tree->setMinimumWidth(kTreeWidth * 2 / 3);
}

void LibraryPage::connectFilters()
{
    connect(m_header, &LibraryHeader::searchChanged, this, [this](const QString& text) {
        m_proxy->setSearchText(text);
        updateState();
    });
    connect(m_header, &LibraryHeader::conditionChanged, this, [this](std::optional<ModelCondition> condition) {
        m_proxy->setCondition(condition);
        updateState();
    });
    connect(m_header, &LibraryHeader::viewModeChosen, this, &LibraryPage::setViewMode);
    connect(m_header, &LibraryHeader::clearRequested, this, &LibraryPage::clearSearch);
    connect(m_header, &LibraryHeader::left, m_views, &ModelViews::enter);
    connect(m_chips, &ChipRow::chosenChanged, this, [this] {
        m_proxy->setArchitectures(m_chips->chosen());
        updateState();
    });
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, &LibraryPage::showPart);
}

void LibraryPage::connectSelection()
{
    connect(m_views, &ModelViews::selectionChanged, this, [this] {
        showDetails();
        Q_EMIT selectionChanged();
    });
    connect(m_views, &ModelViews::activated, this, &LibraryPage::activated);
    // A reset empties the selection; it comes back by id.
    connect(m_model, &ModelTableModel::modelAboutToBeReset, this,
        [this] { m_selectedBeforeReset = m_views->selectedIds(); });
    connect(m_model, &ModelTableModel::modelReset, this, [this] { m_views->select(m_selectedBeforeReset); });
    connect(m_details, &DetailPane::detailsRequested, this, &LibraryPage::detailsRequested);
    connect(m_details, &DetailPane::compatibilityRequested, this, &LibraryPage::compatibilityRequested);
    connect(m_details, &DetailPane::loadPreviewRequested, this, &LibraryPage::loadPreviewRequested);
    connect(m_details, &DetailPane::loadRecordsRequested, this, &LibraryPage::loadRecordsRequested);
    connect(m_details, &DetailPane::modelChosen, this, &LibraryPage::showModel);
    connect(m_details, &DetailPane::notesChanged, this, &LibraryPage::notesChanged);
    connect(m_details, &DetailPane::sidecarEditRequested, this, &LibraryPage::sidecarEditRequested);
}

EmptyState* LibraryPage::buildEmptyLibrary()
{
    auto* empty = new EmptyState(QStringLiteral("library"), tr("No models yet"),
        tr("Add a folder that holds models, or make a small sample library to try Weightroom with."), this);
    auto* add = empty->addButton(tr("Add a folder\u2026", "button"), ButtonRank::Primary);
    connect(add, &QPushButton::clicked, this, &LibraryPage::addFolderRequested);
    auto* folders = empty->addButton(tr("Folders\u2026", "button"), ButtonRank::Normal);
    connect(folders, &QPushButton::clicked, this, &LibraryPage::foldersRequested);
    auto* samples = empty->addButton(tr("Make a sample library\u2026", "button"), ButtonRank::Normal);
    connect(samples, &QPushButton::clicked, this, &LibraryPage::sampleLibraryRequested);
    return empty;
}

EmptyState* LibraryPage::buildNoMatch()
{
    auto* empty = new EmptyState(QStringLiteral("search"), tr("No model matches"),
        tr("Nothing fits the search, the filters and the chosen part of the library at the same time."), this);
    auto* clear = empty->addButton(tr("Show all models", "button"), ButtonRank::Primary);
    connect(clear, &QPushButton::clicked, this, &LibraryPage::clearSearch);
    return empty;
}

void LibraryPage::fillTree()
{
    // A part that has lost its last model is not there any more: then all of the library is shown.
    const LibraryPart before = m_proxy->part();
    m_isFillingTree = true;
    m_treeModel->setRows(m_shown, m_folders);
    m_tree->expandAll();
    const QModelIndex same = m_treeModel->indexOf(before);
    m_tree->setCurrentIndex(same.isValid() ? same : m_treeModel->index(0, 0));
    m_isFillingTree = false;
    showPart(m_tree->currentIndex());
}

void LibraryPage::showPart(const QModelIndex& index)
{
    const QVariant part = index.data(LibraryTreeModel::PartRole);
    if (m_isFillingTree || !part.isValid() || part.value<LibraryPart>() == m_proxy->part())
        return;
    m_proxy->setPart(part.value<LibraryPart>());
    fillChips();
    updateState();
}

void LibraryPage::fillChips()
{
    QHash<QString, int> counts;
    for (int row = 0; row < m_model->rowCount(); ++row) {
        const ModelRow* model = m_model->at(m_model->index(row, 0));
        if (!model->architecture().isEmpty() && isIn(m_proxy->part(), *model))
            ++counts[model->architecture()];
    }
    QStringList words = counts.keys();
    std::ranges::sort(words, [&](const QString& left, const QString& right) {
        return std::pair(-counts[left], left) < std::pair(-counts[right], right);
    });
    m_chips->setWords(words.mid(0, kMostChips));
}

void LibraryPage::showDetails()
{
    const QStringList ids = m_views->selectedIds();
    m_details->setModel(ids.size() == 1 ? m_model->find(ids.first()) : nullptr, static_cast<int>(ids.size()));
}

void LibraryPage::updateState()
{
    const int all = m_model->rowCount();
    const int shown = m_proxy->rowCount();
    m_header->setCounts(shown, all);
    if (all == 0)
        m_stack->setCurrentIndex(m_isScanning ? ScanningPage : EmptyPage);
    else
        m_stack->setCurrentIndex(shown == 0 ? NoMatchPage : ModelsPage);
    m_details->setVisible(all > 0);
    m_tree->setVisible(all > 0);
}

} // namespace weightroom::ui
