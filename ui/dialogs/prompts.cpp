// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/prompts.h"

#include <QDir>
#include <QFile>
#include <QFileDialog>

namespace weightroom::ui {

void SystemPrompts::askForFolder(QWidget* parent, const QString& title, FolderAnswer answer)
{
    auto* dialog = new QFileDialog(parent, title, QDir::homePath());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    QObject::connect(dialog, &QFileDialog::fileSelected, parent,
        [answer = std::move(answer)](const QString& path) { answer(QFile::encodeName(path)); });
    dialog->open();
}

} // namespace weightroom::ui
