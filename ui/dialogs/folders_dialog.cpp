// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/folders_dialog.h"

#include "ui/bridge/text/plain_text.h"
#include "ui/dialogs/dialog_layout.h"
#include "ui/dialogs/prompts.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPushButton>
#include <QStandardItemModel>
#include <QTreeView>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

constexpr int kColumns = 2; ///< the path, and how its changes are noticed

} // namespace

FoldersDialog::FoldersDialog(const QList<FolderView>& folders, Prompts& prompts, QWidget* parent)
    : QDialog(parent)
    , m_prompts(prompts)
    , m_model(new QStandardItemModel(0, kColumns, this))
    , m_list(new QTreeView(this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Model folders", "title of the dialog"));
    resize(680, 400);
    for (const FolderView& folder : folders)
        addRow(folder);
    m_before = m_paths;
    build();
    updateButtons();
}

void FoldersDialog::build()
{
    auto* text = makeSentenceLabel(this);
    text->setText(tr("Weightroom looks for models in these folders and the folders below them. It changes nothing "
                     "there unless you ask for it."));
    text->setProperty("role", QStringLiteral("muted"));
    m_list->setModel(m_model);
    m_list->setObjectName(QStringLiteral("folderList"));
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_list->setRootIsDecorated(false);
    m_list->setAllColumnsShowFocus(true);
    m_list->setHeaderHidden(true);
    m_list->setWordWrap(true);
    m_list->header()->setStretchLastSection(false);
    m_list->header()->setSectionResizeMode(QHeaderView::Stretch);
    m_list->setTextElideMode(Qt::ElideMiddle);
    m_list->setAccessibleName(tr("Model folders", "accessible name"));
    connect(m_list->selectionModel(), &QItemSelectionModel::selectionChanged, this, &FoldersDialog::updateButtons);

    auto* add = new QPushButton(themedIcon(QStringLiteral("folder-add")), tr("Add\u2026", "button: a folder"), this);
    add->setObjectName(QStringLiteral("addFolderButton"));
    connect(add, &QPushButton::clicked, this, &FoldersDialog::addFolder);
    m_remove = new QPushButton(tr("Remove from the list", "button"), this);
    m_remove->setObjectName(QStringLiteral("removeFolderButton"));
    connect(m_remove, &QPushButton::clicked, this, &FoldersDialog::removeSelected);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    connect(buttons, &QDialogButtonBox::accepted, this, &FoldersDialog::takeOver);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);

    auto* row = new QHBoxLayout;
    row->addWidget(add);
    row->addWidget(m_remove);
    row->addStretch();
    row->addWidget(buttons);
    QVBoxLayout* layout = makeDialogLayout(*this);
    layout->addWidget(makeHeading(tr("Model folders", "heading"), 1.3, this));
    layout->addWidget(text);
    layout->addWidget(m_list, 1);
    layout->addLayout(row);
}

void FoldersDialog::addRow(const FolderView& folder)
{
    m_paths.append(folder.path);
    auto* path = new QStandardItem(folder.text);
    path->setToolTip(plainToolTip(folder.text));
    auto* state = new QStandardItem(folder.problem ? folder.problem->sentence : folder.watchText);
    state->setToolTip(plainToolTip(folder.problem ? folder.problem->detail : folder.watchDetail));
    state->setForeground(folder.problem ? themeOf(palette()).danger : themeOf(palette()).muted);
    m_model->appendRow({path, state});
}

void FoldersDialog::addFolder()
{
    m_prompts.askForFolder(
        this, tr("Add a folder with models", "title of the file dialog"), [this](const QByteArray& path) {
            if (!m_paths.contains(path))
                addRow({.path = path, .text = pathText(path.toStdString()), .problem = {}});
        });
}

void FoldersDialog::removeSelected()
{
    const QModelIndex current = m_list->currentIndex();
    if (!current.isValid())
        return;
    m_paths.removeAt(current.row());
    m_model->removeRow(current.row());
    updateButtons();
}

void FoldersDialog::takeOver()
{
    if (m_paths != m_before)
        Q_EMIT foldersChosen(m_paths);
    accept();
}

void FoldersDialog::updateButtons() { m_remove->setEnabled(m_list->selectionModel()->hasSelection()); }

} // namespace weightroom::ui
