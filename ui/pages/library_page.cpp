// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library_page.h"

#include "ui/bridge/model_text.h"
#include "ui/bridge/units.h"
#include "ui/delegates/state_delegate.h"
#include "ui/models/model_filter_proxy.h"
#include "ui/models/model_table_model.h"
#include "ui/pages/detail_pane.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/empty_state.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPushButton>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>

namespace weightroom::ui {
namespace {

enum StackPage { TablePage = 0, EmptyPage, NoMatchPage, ScanningPage };

constexpr std::array kFilterKinds{ModelKind::Checkpoint, ModelKind::DiffusionModel, ModelKind::Lora,
    ModelKind::Controlnet, ModelKind::T2iAdapter, ModelKind::IpAdapter, ModelKind::Vae, ModelKind::TextEncoder,
    ModelKind::ClipVision, ModelKind::TextualInversion, ModelKind::Upscaler, ModelKind::Hypernetwork,
    ModelKind::MotionModule, ModelKind::Unknown};
constexpr std::array kFilterConditions{
    ModelCondition::Loaded, ModelCondition::Cached, ModelCondition::OnDisk, ModelCondition::Unusable};

/// The chosen value of a filter box; its first entry, without data, stands for all.
template <class Value>
std::optional<Value> chosen(const QComboBox& box)
{
    const QVariant data = box.currentData();
    return data.isValid() ? std::optional(static_cast<Value>(data.toInt())) : std::nullopt;
}

struct ColumnWidth {
    int column;
    int characters;
};

/// In the order in which they go when there is little room; what is not here (the name) takes what is left.
constexpr std::array kColumnWidths{ColumnWidth{ModelTableModel::PrecisionColumn, 14},
    ColumnWidth{ModelTableModel::ArchitectureColumn, 25}, ColumnWidth{ModelTableModel::KindColumn, 20},
    ColumnWidth{ModelTableModel::SizeColumn, 14}, ColumnWidth{ModelTableModel::StateColumn, 34}};
constexpr std::size_t kColumnsThatGo = 3;
/// Names shorter than this are not recognised.
constexpr int kLeastNameCharacters = 24;

void setColumnWidths(QHeaderView& header, int unit)
{
    header.setSectionResizeMode(QHeaderView::Interactive);
    header.setSectionResizeMode(ModelTableModel::NameColumn, QHeaderView::Stretch);
    header.setMinimumSectionSize(unit * 8);
    for (const ColumnWidth& width : kColumnWidths)
        header.resizeSection(width.column, unit * width.characters);
}

/// Hides as many columns as must go so that name, size and state can be read.
void fitColumns(QTableView& table)
{
    const int unit = table.fontMetrics().averageCharWidth();
    int needed = unit * kLeastNameCharacters;
    for (const ColumnWidth& width : kColumnWidths)
        needed += unit * width.characters;
    for (std::size_t row = 0; row < kColumnsThatGo; ++row) {
        const bool mustGo = needed > table.viewport()->width();
        table.setColumnHidden(kColumnWidths.at(row).column, mustGo);
        needed -= mustGo ? unit * kColumnWidths.at(row).characters : 0;
    }
}

} // namespace

LibraryPage::LibraryPage(QWidget* parent)
    : QWidget(parent)
    , m_model(new ModelTableModel(this))
    , m_proxy(new ModelFilterProxy(this))
    , m_search(new QLineEdit(this))
    , m_kind(new QComboBox(this))
    , m_condition(new QComboBox(this))
    , m_count(new QLabel(this))
    , m_table(new QTableView(this))
    , m_stack(new QStackedWidget(this))
    , m_details(new DetailPane(this))
{
    m_proxy->setSourceModel(m_model);
    buildTable();
    m_stack->addWidget(m_table);
    m_stack->addWidget(buildEmptyLibrary());
    m_stack->addWidget(buildNoMatch());
    m_stack->addWidget(new EmptyState(QStringLiteral("search"), tr("Looking for models\u2026"),
        tr("Only the headers of the files are read. The list fills when the scan has finished."), this));

    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(m_stack);
    splitter->addWidget(m_details);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setChildrenCollapsible(false);
    splitter->setHandleWidth(1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(buildHeader());
    layout->addWidget(splitter, 1);
    setFocusProxy(m_table);
    connectFilters();
    connectSelection();
    updateState();
}

void LibraryPage::setLibrary(const LibraryView& library)
{
    m_model->setRows(library.models);
    updateState();
    showDetails();
}

void LibraryPage::setProgress(const QString& modelId, int percent) { m_model->setProgress(modelId, percent); }

void LibraryPage::setScanState(ScanState state)
{
    m_isScanning = state == ScanState::Running;
    updateState();
}

void LibraryPage::setTarget(const std::optional<MemoryView>& target) { m_details->setTarget(target); }

QList<ModelRow> LibraryPage::selectedModels() const
{
    QList<ModelRow> rows;
    for (const QString& id : selectedIds()) {
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
    const QModelIndex index = m_proxy->mapFromSource(source);
    m_table->setCurrentIndex(index);
    m_table->scrollTo(index);
    m_table->setFocus();
}

void LibraryPage::setContextActions(const QList<QAction*>& actions)
{
    m_table->addActions(actions);
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
}

void LibraryPage::focusSearch()
{
    m_search->setFocus();
    m_search->selectAll();
}

void LibraryPage::clearSearch()
{
    m_search->clear();
    m_kind->setCurrentIndex(0);
    m_condition->setCurrentIndex(0);
    m_table->setFocus();
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
            m_table->setFocus();
            if (!m_table->selectionModel()->hasSelection())
                m_table->selectRow(0);
            return true;
        }
    }
    if (watched == m_table->viewport() && event->type() == QEvent::Resize)
        fitColumns(*m_table);
    return QWidget::eventFilter(watched, event);
}

void LibraryPage::buildTable()
{
    m_table->setModel(m_proxy);
    m_table->setObjectName(QStringLiteral("modelTable"));
    m_table->setAccessibleName(tr("Models", "accessible name of the table"));
    m_table->setItemDelegateForColumn(ModelTableModel::StateColumn,
        new StateDelegate(ModelTableModel::ConditionRole, ModelTableModel::PercentRole, m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(ModelTableModel::NameColumn, Qt::AscendingOrder);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_table->setTabKeyNavigation(false);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 4 * kSpace);
    m_table->horizontalHeader()->setHighlightSections(false);
    setColumnWidths(*m_table->horizontalHeader(), m_table->fontMetrics().averageCharWidth());
    m_table->viewport()->installEventFilter(this);
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
    m_kind->setObjectName(QStringLiteral("kindFilter"));
    m_kind->setAccessibleName(tr("Kind", "accessible name of a filter"));
    m_condition->setObjectName(QStringLiteral("stateFilter"));
    m_condition->setAccessibleName(tr("State", "accessible name of a filter"));
    m_count->setProperty("role", QStringLiteral("muted"));
    m_count->setObjectName(QStringLiteral("modelCount"));
    fillFilters();

    auto* layout = new QHBoxLayout(header);
    layout->setContentsMargins(kMargin, 2 * kSpace, kMargin, 2 * kSpace);
    layout->setSpacing(2 * kSpace);
    layout->addWidget(m_search, 1);
    layout->addWidget(m_kind);
    layout->addWidget(m_condition);
    layout->addWidget(m_count);
    return header;
}

void LibraryPage::fillFilters()
{
    constexpr int kLeastCharacters = 7;
    for (QComboBox* box : {m_kind, m_condition}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(kLeastCharacters);
    }
    m_kind->addItem(tr("All kinds", "filter"));
    for (const ModelKind kind : kFilterKinds)
        m_kind->addItem(kindText(kind), static_cast<int>(kind));
    m_condition->addItem(tr("All states", "filter"));
    for (const ModelCondition condition : kFilterConditions)
        m_condition->addItem(conditionText(condition), static_cast<int>(condition));
    // The boxes are narrow so that the search is not; their lists show every entry whole.
    for (QComboBox* box : {m_kind, m_condition}) {
        box->setMaxVisibleItems(box->count());
        box->view()->setMinimumWidth(box->view()->sizeHintForColumn(0) + 4 * kSpace);
    }
}

void LibraryPage::connectFilters()
{
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_proxy->setSearchText(text);
        updateState();
    });
    connect(m_kind, &QComboBox::currentIndexChanged, this, [this] {
        m_proxy->setKind(chosen<ModelKind>(*m_kind));
        updateState();
    });
    connect(m_condition, &QComboBox::currentIndexChanged, this, [this] {
        m_proxy->setCondition(chosen<ModelCondition>(*m_condition));
        updateState();
    });
}

void LibraryPage::connectSelection()
{
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        showDetails();
        Q_EMIT selectionChanged();
    });
    // Not QTableView::activated: on desktops that open files with one click, a click would load a model.
    connect(m_table, &QTableView::doubleClicked, this, &LibraryPage::activated);
    for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Enter}) {
        auto* shortcut = new QShortcut(key, m_table, nullptr, nullptr, Qt::WidgetShortcut);
        connect(shortcut, &QShortcut::activated, this, &LibraryPage::activated);
    }
    // A reset empties the selection; it comes back by id.
    connect(m_model, &ModelTableModel::modelAboutToBeReset, this, [this] { m_selectedBeforeReset = selectedIds(); });
    connect(m_model, &ModelTableModel::modelReset, this, [this] { select(m_selectedBeforeReset); });
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
        tr("Every word of the search must occur in the name, the folder or the architecture."), this);
    auto* clear = empty->addButton(tr("Show all models", "button"), ButtonRank::Primary);
    connect(clear, &QPushButton::clicked, this, &LibraryPage::clearSearch);
    return empty;
}

QStringList LibraryPage::selectedIds() const
{
    QStringList ids;
    for (const QModelIndex& index : m_table->selectionModel()->selectedRows())
        ids.append(index.data(ModelTableModel::IdRole).toString());
    return ids;
}

void LibraryPage::select(const QStringList& ids)
{
    QItemSelection selection;
    for (const QString& id : ids) {
        const QModelIndex index = m_proxy->mapFromSource(m_model->indexOf(id));
        if (index.isValid())
            selection.select(index, index);
    }
    m_table->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void LibraryPage::showDetails()
{
    const QStringList ids = selectedIds();
    m_details->setModel(ids.size() == 1 ? m_model->find(ids.first()) : nullptr);
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
        m_stack->setCurrentIndex(shown == 0 ? NoMatchPage : TablePage);
    m_details->setVisible(all > 0);
}

} // namespace weightroom::ui
