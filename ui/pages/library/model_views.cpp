// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/library/model_views.h"

#include "ui/bridge/preview_loader.h"
#include "ui/delegates/card_delegate.h"
#include "ui/delegates/state_delegate.h"
#include "ui/models/model_filter_proxy.h"
#include "ui/models/model_table_model.h"
#include "ui/style/theme.h"

#include <QAction>
#include <QEvent>
#include <QHeaderView>
#include <QListView>
#include <QShortcut>
#include <QTableView>

#include <array>

namespace weightroom::ui {
namespace {

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

ModelViews::ModelViews(ModelFilterProxy& proxy, PreviewLoader& previews, QWidget* parent)
    : QStackedWidget(parent)
    , m_proxy(proxy)
    , m_previews(previews)
    , m_table(new QTableView(this))
    , m_cards(new QListView(this))
{
    buildTable();
    buildCards();
    addWidget(m_table);
    addWidget(m_cards);
    connectView(*m_table);
    connectView(*m_cards);
    setFocusProxy(m_table);
    connect(&m_previews, &PreviewLoader::changed, this, &ModelViews::showChangedPreview);
}

void ModelViews::setMode(ViewMode mode)
{
    if (mode == m_mode)
        return;
    const QStringList ids = selectedIds();
    const bool hadFocus = current().hasFocus();
    m_mode = mode;
    setCurrentWidget(&current());
    setFocusProxy(&current());
    select(ids);
    if (hadFocus)
        current().setFocus();
}

QStringList ModelViews::selectedIds() const
{
    QStringList ids;
    for (const QModelIndex& index : current().selectionModel()->selectedIndexes()) {
        if (index.column() == ModelTableModel::NameColumn)
            ids.append(index.data(ModelTableModel::IdRole).toString());
    }
    return ids;
}

void ModelViews::select(const QStringList& ids)
{
    const auto* source = static_cast<const ModelTableModel*>(m_proxy.sourceModel());
    QItemSelection selection;
    for (const QString& id : ids) {
        const QModelIndex index = m_proxy.mapFromSource(source->indexOf(id));
        if (index.isValid())
            selection.select(index, index);
    }
    QItemSelectionModel::SelectionFlags flags = QItemSelectionModel::ClearAndSelect;
    flags.setFlag(QItemSelectionModel::Rows, m_mode == ViewMode::Table);
    current().selectionModel()->select(selection, flags);
}

void ModelViews::show(const QModelIndex& index)
{
    current().setCurrentIndex(index);
    current().scrollTo(index);
    current().setFocus();
}

void ModelViews::enter()
{
    current().setFocus();
    if (!current().selectionModel()->hasSelection() && m_proxy.rowCount() > 0)
        current().setCurrentIndex(m_proxy.index(0, ModelTableModel::NameColumn));
}

void ModelViews::setContextActions(const QList<QAction*>& actions)
{
    for (QAbstractItemView* view : std::initializer_list<QAbstractItemView*>{m_table, m_cards}) {
        view->addActions(actions);
        view->setContextMenuPolicy(Qt::ActionsContextMenu);
    }
}

bool ModelViews::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_table->viewport() && event->type() == QEvent::Resize)
        fitColumns(*m_table);
    return QStackedWidget::eventFilter(watched, event);
}

void ModelViews::buildTable()
{
    m_table->setModel(&m_proxy);
    m_table->setObjectName(QStringLiteral("modelTable"));
    m_table->setAccessibleName(tr("Models", "accessible name of the table"));
    m_table->setItemDelegateForColumn(ModelTableModel::StateColumn,
        new StateDelegate({.condition = ModelTableModel::ConditionRole,
                              .percent = ModelTableModel::PercentRole,
                              .isPinned = ModelTableModel::PinnedRole},
            m_table));
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

void ModelViews::buildCards()
{
    m_cards->setModel(&m_proxy);
    m_cards->setModelColumn(ModelTableModel::NameColumn);
    m_cards->setObjectName(QStringLiteral("modelCards"));
    m_cards->setAccessibleName(tr("Models as cards", "accessible name of the list"));
    m_cards->setViewMode(QListView::IconMode);
    m_cards->setResizeMode(QListView::Adjust);
    m_cards->setMovement(QListView::Static);
    m_cards->setUniformItemSizes(true);
    m_cards->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_cards->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_cards->setItemDelegate(new CardDelegate(
        {.kindText = ModelTableModel::KindTextRole,
            .caption = ModelTableModel::CaptionRole,
            .condition = ModelTableModel::ConditionRole,
            .percent = ModelTableModel::PercentRole,
            .isFavorite = ModelTableModel::FavoriteRole,
            .isPinned = ModelTableModel::PinnedRole},
        [this](const QModelIndex& index) {
            return m_previews.preview(
                index.data(ModelTableModel::IdRole).toString(), index.data(ModelTableModel::PathRole).toByteArray());
        },
        m_cards));
}

void ModelViews::connectView(QAbstractItemView& view)
{
    connect(view.selectionModel(), &QItemSelectionModel::selectionChanged, this, [this, &view] {
        if (&view == &current())
            Q_EMIT selectionChanged();
    });
    // Not QAbstractItemView::activated: on desktops that open files with one click, a click would load a model.
    connect(&view, &QAbstractItemView::doubleClicked, this, &ModelViews::activated);
    for (const Qt::Key key : {Qt::Key_Return, Qt::Key_Enter}) {
        auto* shortcut = new QShortcut(key, &view, nullptr, nullptr, Qt::WidgetShortcut);
        connect(shortcut, &QShortcut::activated, this, &ModelViews::activated);
    }
}

QAbstractItemView& ModelViews::current() const
{
    if (m_mode == ViewMode::Table)
        return *m_table;
    return *m_cards;
}

void ModelViews::showChangedPreview(const QString& modelId)
{
    const auto* source = static_cast<const ModelTableModel*>(m_proxy.sourceModel());
    const QModelIndex index = m_proxy.mapFromSource(source->indexOf(modelId));
    if (index.isValid())
        m_cards->update(index);
}

} // namespace weightroom::ui
