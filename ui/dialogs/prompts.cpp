// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/prompts.h"

#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QMessageBox>
#include <QPushButton>

namespace weightroom::ui {

void SystemPrompts::askForFolder(QWidget* parent, const QString& title, PathAnswer answer)
{
    auto* dialog = new QFileDialog(parent, title, QDir::homePath());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    QObject::connect(dialog, &QFileDialog::fileSelected, parent,
        [answer = std::move(answer)](const QString& path) { answer(QFile::encodeName(path)); });
    dialog->open();
}

void SystemPrompts::askForNewFile(
    QWidget* parent, const QString& title, const QByteArray& suggestion, PathAnswer answer)
{
    auto* dialog = new QFileDialog(parent, title);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    // Nothing is replaced: the conversion refuses that, and says so.
    dialog->setOption(QFileDialog::DontConfirmOverwrite);
    dialog->selectFile(QFile::decodeName(suggestion));
    QObject::connect(dialog, &QFileDialog::fileSelected, parent,
        [answer = std::move(answer)](const QString& path) { answer(QFile::encodeName(path)); });
    dialog->open();
}

void SystemPrompts::askBefore(QWidget* parent, const Question& question, std::function<void()> confirmed)
{
    auto* box = new QMessageBox(QMessageBox::Warning, question.title, question.sentence, QMessageBox::Cancel, parent);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->setTextFormat(Qt::PlainText);
    const QPushButton* doIt = box->addButton(question.button, QMessageBox::AcceptRole);
    // Return must not lose anything.
    box->setDefaultButton(QMessageBox::Cancel);
    QObject::connect(doIt, &QPushButton::clicked, parent, [confirmed = std::move(confirmed)] { confirmed(); });
    box->open();
}

} // namespace weightroom::ui
