// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/operations_dialog.h"

#include "ui/models/operation_tree_model.h"
#include "ui/pages/operation_panel.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/empty_state.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QScreen>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr QSize kSize(1040, 720); ///< pixels
constexpr int kListWidth = 280;

} // namespace

OperationsDialog::OperationsDialog(const QList<OperationView>& operations, QWidget* parent)
    : QDialog(parent)
    , m_operations(operations)
    , m_model(new OperationTreeModel(operations, this))
    , m_filtered(new QSortFilterProxyModel(this))
    , m_filter(new QLineEdit(this))
    , m_tree(new QTreeView(this))
    , m_pages(new QStackedWidget(this))
{
    setObjectName(QStringLiteral("operationsDialog"));
    setWindowTitle(tr("Operations", "title of the window"));
    setWindowFlag(Qt::WindowMaximizeButtonHint);
    build();
    resize(kSize.boundedTo(screen()->availableSize() * 9 / 10));
    m_filter->setFocus();
}

void OperationsDialog::build()
{
    m_pages->addWidget(new EmptyState(QStringLiteral("operations"), tr("Choose an operation"),
        tr("What scripts, programs and weightroomctl can ask of the engine, you can ask here."), this));
    auto* parts = new QSplitter(this);
    parts->setChildrenCollapsible(false);
    parts->addWidget(buildList());
    parts->addWidget(m_pages);
    parts->setStretchFactor(1, 1);
    parts->setSizes({kListWidth, kSize.width() - kListWidth});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(parts);
}

QWidget* OperationsDialog::buildList()
{
    m_filter->setObjectName(QStringLiteral("operationFilter"));
    m_filter->setPlaceholderText(tr("Search operations"));
    m_filter->setAccessibleName(tr("Search operations", "accessible name"));
    m_filter->setClearButtonEnabled(true);
    m_filter->addAction(themedIcon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    m_filter->installEventFilter(this);
    connect(m_filter, &QLineEdit::textChanged, this, &OperationsDialog::filter);

    m_filtered->setSourceModel(m_model);
    m_filtered->setRecursiveFilteringEnabled(true);
    m_filtered->setFilterRole(OperationTreeModel::SearchRole);
    m_filtered->setFilterCaseSensitivity(Qt::CaseInsensitive);
    m_tree->setObjectName(QStringLiteral("operationTree"));
    m_tree->setAccessibleName(tr("Operations", "accessible name of the list"));
    m_tree->setModel(m_filtered);
    m_tree->setHeaderHidden(true);
    m_tree->setUniformRowHeights(true);
    m_tree->setTextElideMode(Qt::ElideRight);
    m_tree->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_tree->ensurePolished(); // else the rows would keep the height that they have without the style sheet
    m_tree->expandAll();
    connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& current) {
        if (!m_isFiltering)
            showOperation(current.data(OperationTreeModel::NameRole).toString());
    });
    connect(m_tree, &QTreeView::activated, this, [this] {
        if (OperationPanel* panel = m_panels.value(m_shown))
            panel->focusForm();
    });

    auto* list = new QWidget(this);
    auto* layout = new QVBoxLayout(list);
    layout->setContentsMargins(2 * kSpace, 2 * kSpace, 2 * kSpace, 2 * kSpace);
    layout->setSpacing(2 * kSpace);
    layout->addWidget(m_filter);
    layout->addWidget(m_tree, 1);
    return list;
}

bool OperationsDialog::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_filter && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Escape && !m_filter->text().isEmpty()) {
            m_filter->clear();
            return true;
        }
        if (key == Qt::Key_Down || key == Qt::Key_Return || key == Qt::Key_Enter) {
            enterList();
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

/// The operation that is shown stays, whether the list still has it or not.
void OperationsDialog::filter(const QString& text)
{
    m_isFiltering = true;
    m_filtered->setFilterFixedString(text);
    m_tree->expandAll();
    const QModelIndex shown = indexOf(m_shown);
    if (shown.isValid())
        m_tree->setCurrentIndex(shown);
    else
        m_tree->selectionModel()->clear();
    m_isFiltering = false;
}

void OperationsDialog::enterList()
{
    m_tree->setFocus();
    if (!m_tree->currentIndex().data(OperationTreeModel::NameRole).isValid())
        m_tree->setCurrentIndex(m_filtered->index(0, 0, m_filtered->index(0, 0)));
}

void OperationsDialog::showOperation(const QString& name)
{
    if (name.isEmpty() || name == m_shown)
        return;
    if (OperationPanel* panel = panelFor(name)) {
        m_shown = name;
        m_pages->setCurrentWidget(panel);
    }
}

OperationPanel* OperationsDialog::panelFor(const QString& name)
{
    if (OperationPanel* known = m_panels.value(name))
        return known;
    const auto operation = std::ranges::find(m_operations, name, &OperationView::name);
    if (operation == m_operations.end())
        return nullptr;
    auto* panel = new OperationPanel(*operation, this);
    panel->suggestModel(m_modelId);
    connect(panel, &OperationPanel::runRequested, this, &OperationsDialog::runRequested);
    connect(panel, &OperationPanel::cancelRequested, this, &OperationsDialog::cancelRequested);
    connect(panel, &OperationPanel::actionRequested, this, &OperationsDialog::actionRequested);
    m_pages->addWidget(panel);
    m_panels.insert(name, panel);
    return panel;
}

QModelIndex OperationsDialog::indexOf(const QString& name) const
{
    if (name.isEmpty())
        return {};
    const QModelIndexList found = m_filtered->match(m_filtered->index(0, 0), OperationTreeModel::NameRole, name, 1,
        Qt::MatchExactly | Qt::MatchCaseSensitive | Qt::MatchRecursive);
    return found.isEmpty() ? QModelIndex() : found.first();
}

void OperationsDialog::begin(const QString& operation, quint64 call, quint64 job)
{
    if (OperationPanel* panel = m_panels.value(operation))
        panel->begin(call, job);
}

bool OperationsDialog::isRunning(const QString& operation) const
{
    const OperationPanel* panel = m_panels.value(operation);
    return panel != nullptr && panel->isRunning();
}

void OperationsDialog::setJob(const JobView& job)
{
    for (OperationPanel* panel : std::as_const(m_panels))
        panel->setJob(job);
}

void OperationsDialog::end(const OperationOutcome& outcome)
{
    for (OperationPanel* panel : std::as_const(m_panels))
        panel->end(outcome);
}

void OperationsDialog::suggestModel(const QString& modelId)
{
    m_modelId = modelId;
    for (OperationPanel* panel : std::as_const(m_panels))
        panel->suggestModel(modelId);
}

} // namespace weightroom::ui
