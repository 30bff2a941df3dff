// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library_page.h"

#include "ui/bridge/model_text.h"
#include "ui/bridge/preview_loader.h"
#include "ui/bridge/units.h"
#include "ui/delegates/tree_count_delegate.h"
#include "ui/models/library_tree_model.h"
#include "ui/models/model_filter_proxy.h"
#include "ui/models/model_table_model.h"
#include "ui/pages/detail_pane.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/chip_row.h"
#include "ui/widgets/empty_state.h"

#include <QAbstractItemView>
#include <QButtonGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>
#include <utility>

namespace weightroom::ui {
namespace {

enum StackPage { ModelsPage = 0, EmptyPage, NoMatchPage, ScanningPage };

constexpr std::array kFilterConditions{
    ModelCondition::Loaded, ModelCondition::Cached, ModelCondition::OnDisk, ModelCondition::Unusable};

/// The chosen value of a filter box; its first entry, without data, stands for all.
template <class Value>
std::optional<Value> chosen(const QComboBox& box)
{
    const QVariant data = box.currentData();
    return data.isValid() ? std::optional(static_cast<Value>(data.toInt())) : std::nullopt;
}

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
    , m_search(new QLineEdit(this))
    , m_condition(new QComboBox(this))
    , m_count(new QLabel(this))
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
    rows->setStretchFactor(0, 3);
    rows->setStretchFactor(1, 2);
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
    layout->addWidget(buildHeader());
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
    (mode == ViewMode::Cards ? m_cardsButton : m_tableButton)->setChecked(true);
    m_views->setMode(mode);
    Q_EMIT viewModeChanged();
}

void LibraryPage::focusSearch()
{
    m_search->setFocus();
    m_search->selectAll();
}

void LibraryPage::clearSearch()
{
    m_search->clear();
    m_condition->setCurrentIndex(0);
    m_chips->clearChosen();
    m_tree->setCurrentIndex(m_treeModel->index(0, 0));
    m_views->setFocus();
}

bool LibraryPage::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_search && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Escape) {
            clearSearch();
            return true;
        }
        if (key == Qt::Key_Down || key == Qt::Key_Return || key == Qt::Key_Enter) {
            m_views->enter();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
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

QWidget* LibraryPage::buildHeader()
{
    auto* header = new QFrame(this);
    header->setProperty("role", QStringLiteral("header"));
    m_search->setObjectName(QStringLiteral("search"));
    m_search->setPlaceholderText(tr("Search name, folder or architecture"));
    m_search->setAccessibleName(tr("Search", "accessible name"));
    m_search->setClearButtonEnabled(true);
    m_search->setMinimumWidth(m_search->fontMetrics().averageCharWidth() * 15);
    m_search->addAction(themedIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_search->installEventFilter(this);
    m_condition->setObjectName(QStringLiteral("stateFilter"));
    m_condition->setAccessibleName(tr("State", "accessible name of a filter"));
    m_count->setProperty("role", QStringLiteral("muted"));
    m_count->setObjectName(QStringLiteral("modelCount"));
    fillFilters();

    auto* layout = new QHBoxLayout(header);
    layout->setContentsMargins(kMargin, 2 * kSpace, kMargin, 2 * kSpace);
    layout->setSpacing(2 * kSpace);
    layout->addWidget(m_search, 1);
    layout->addWidget(m_condition);
    layout->addWidget(buildModeButtons());
    layout->addWidget(m_count);
    return header;
}

QWidget* LibraryPage::buildModeButtons()
{
    auto* buttons = new QWidget(this);
    auto* layout = new QHBoxLayout(buttons);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto* group = new QButtonGroup(buttons);
    const auto add = [&](const QString& icon, const QString& name, const QString& tip, ViewMode mode) {
        auto* button = new QToolButton(buttons);
        button->setIcon(themedIcon(icon));
        button->setObjectName(name);
        button->setToolTip(tip);
        button->setAccessibleName(tip);
        button->setCheckable(true);
        button->setProperty("role", QStringLiteral("mode"));
        group->addButton(button);
        layout->addWidget(button);
        connect(button, &QToolButton::clicked, this, [this, mode] { setViewMode(mode); });
        return button;
    };
    m_tableButton =
        add(QStringLiteral("list"), QStringLiteral("tableMode"), tr("Show a table", "button"), ViewMode::Table);
    m_cardsButton = add(
        QStringLiteral("grid"), QStringLiteral("cardsMode"), tr("Show cards with previews", "button"), ViewMode::Cards);
    m_tableButton->setChecked(true);
    return buttons;
}

void LibraryPage::fillFilters()
{
    constexpr int kLeastCharacters = 7;
    m_condition->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_condition->setMinimumContentsLength(kLeastCharacters);
    m_condition->addItem(tr("All states", "filter"));
    for (const ModelCondition condition : kFilterConditions)
        m_condition->addItem(conditionText(condition), static_cast<int>(condition));
    // The box is narrow so that the search is not; its list shows every entry whole.
    m_condition->setMaxVisibleItems(m_condition->count());
    m_condition->view()->setMinimumWidth(m_condition->view()->sizeHintForColumn(0) + 4 * kSpace);
}

void LibraryPage::connectFilters()
{
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_proxy->setSearchText(text);
        updateState();
    });
    connect(m_condition, &QComboBox::currentIndexChanged, this, [this] {
        m_proxy->setCondition(chosen<ModelCondition>(*m_condition));
        updateState();
    });
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
    m_count->setText(shown == all
            ? tr("%n models", "above the table", all)
            : tr("%1 of %n models", "above the table", all).arg(countText(static_cast<quint64>(shown))));
    if (all == 0)
        m_stack->setCurrentIndex(m_isScanning ? ScanningPage : EmptyPage);
    else
        m_stack->setCurrentIndex(shown == 0 ? NoMatchPage : ModelsPage);
    m_details->setVisible(all > 0);
    m_tree->setVisible(all > 0);
}

} // namespace weightroom::ui
