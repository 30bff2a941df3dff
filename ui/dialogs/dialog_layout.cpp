// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/dialog_layout.h"

#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QDialog>
#include <QVBoxLayout>

namespace weightroom::ui {

QVBoxLayout* makeDialogLayout(QDialog& dialog)
{
    auto* layout = new QVBoxLayout(&dialog);
    layout->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    layout->setSpacing(2 * kSpace);
    return layout;
}

QVBoxLayout* makeDialogLayout(QDialog& dialog, const QString& modelName)
{
    QVBoxLayout* layout = makeDialogLayout(dialog);
    auto* name = new DataLabel(&dialog);
    name->setFont(scaledFont(dialog.font(), 1.3, QFont::DemiBold));
    name->setData(modelName);
    layout->addWidget(name);
    return layout;
}

} // namespace weightroom::ui
