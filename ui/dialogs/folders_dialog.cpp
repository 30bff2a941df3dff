// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/folders_dialog.h"

#include "ui/bridge/plain_text.h"
#include "ui/dialogs/prompts.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QDialogButtonBox>
#include <QHBoxLayout>
#include <QListView>
#include <QPushButton>
#include <QStringListModel>
#include <QVBoxLayout>

namespace weightroom::ui {

FoldersDialog::FoldersDialog(const QList<FolderView>& folders, Prompts& prompts, QWidget* parent)
    : QDialog(parent)
    , m_prompts(prompts)
    , m_model(new QStringListModel(this))
    , m_list(new QListView(this))
{
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Model folders", "title of the dialog"));
    resize(560, 380);
    QStringList texts;
    for (const FolderView& folder : folders) {
        m_paths.append(folder.path);
        texts.append(folder.text);
    }
    m_before = m_paths;
    m_model->setStringList(texts);
    build();
    updateButtons();
}

void FoldersDialog::build()
{
    auto* text = makeSentenceLabel(this);
    text->setText(
        tr("Weightroom looks for models in these folders and the folders below them. It never changes what is there."));
    text->setProperty("role", QStringLiteral("muted"));
    m_list->setModel(m_model);
    m_list->setObjectName(QStringLiteral("folderList"));
    m_list->setEditTriggers(QAbstractItemView::NoEditTriggers);
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
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    layout->setSpacing(2 * kSpace);
    layout->addWidget(makeHeading(tr("Model folders", "heading"), 1.3, this));
    layout->addWidget(text);
    layout->addWidget(m_list, 1);
    layout->addLayout(row);
}

void FoldersDialog::addFolder()
{
    m_prompts.askForFolder(
        this, tr("Add a folder with models", "title of the file dialog"), [this](const QByteArray& path) {
            if (m_paths.contains(path))
                return;
            m_paths.append(path);
            m_model->insertRow(m_model->rowCount());
            m_model->setData(m_model->index(m_model->rowCount() - 1), pathText(path.toStdString()));
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
