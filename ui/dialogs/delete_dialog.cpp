// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/delete_dialog.h"

#include "ui/bridge/text/units.h"
#include "ui/dialogs/dialog_layout.h"
#include "ui/widgets/data_label.h"

#include <QDialogButtonBox>
#include <QListView>
#include <QPushButton>
#include <QStringListModel>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

QListView* makeList(const QStringList& lines, const QString& name, QWidget* parent)
{
    auto* list = new QListView(parent);
    list->setModel(new QStringListModel(lines, list));
    list->setEditTriggers(QAbstractItemView::NoEditTriggers);
    list->setSelectionMode(QAbstractItemView::NoSelection);
    list->setTextElideMode(Qt::ElideMiddle);
    list->setAccessibleName(name);
    return list;
}

} // namespace

DeleteDialog::DeleteDialog(const DeletionView& plan, const QString& modelName, QWidget* parent)
    : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setObjectName(QStringLiteral("deleteDialog"));
    setWindowTitle(tr("Move to the trash", "title of the dialog"));
    resize(620, 360);
    QVBoxLayout* layout = makeDialogLayout(*this, modelName);
    const auto addSentence = [&](const QString& text, const char* role) {
        auto* sentence = makeSentenceLabel(this);
        sentence->setText(text);
        sentence->setProperty("role", QLatin1String(role));
        layout->addWidget(sentence);
    };
    addSentence(tr("These %n files or folders go to the trash of the desktop, %1 in all. That can be undone.", "size",
                    static_cast<int>(plan.files.size()))
                    .arg(bytesText(plan.bytes)),
        "muted");
    layout->addWidget(makeList(plan.files, tr("What goes", "accessible name"), this), 2);
    if (!plan.kept.isEmpty()) {
        addSentence(tr("These stay:"), "muted");
        layout->addWidget(makeList(plan.kept, tr("What stays", "accessible name"), this), 1);
    }
    if (!plan.inMemory.isEmpty())
        addSentence(
            tr("It is in memory now (%1). What it holds there is given back.", "places").arg(plan.inMemory), "warning");
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    auto* move = buttons->addButton(tr("Move to the trash", "button"), QDialogButtonBox::AcceptRole);
    move->setObjectName(QStringLiteral("confirmDelete"));
    connect(buttons, &QDialogButtonBox::accepted, this, [this, plan] {
        Q_EMIT confirmed(plan);
        accept();
    });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    // Return must not delete what is only looked at.
    buttons->button(QDialogButtonBox::Cancel)->setDefault(true);
    layout->addWidget(buttons);
}

} // namespace weightroom::ui
